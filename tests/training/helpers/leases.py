"""Takes runs as a worker does, each under a new lease."""

import uuid
from collections.abc import Callable

from training.models import TrainingRun
from training.runs import lifecycle, worker
from training.runs.lease import RunLease


def take(run: TrainingRun) -> RunLease | None:
    return lifecycle.take(run.pk, uuid.uuid4())


def execute(run: TrainingRun, work: Callable[[RunLease], None]) -> None:
    worker.execute(run.pk, work, uuid.uuid4())
