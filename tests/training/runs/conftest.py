"""A run that waits for a worker, and one that a worker holds."""

import pytest

from tests.training.helpers import leases
from training.models import TrainingRun
from training.runs import lifecycle
from training.runs.lease import RunLease


@pytest.fixture
def queued() -> TrainingRun:
    return lifecycle.trigger(trigger="staff")


@pytest.fixture
def held(queued: TrainingRun) -> RunLease | None:
    return leases.take(queued)
