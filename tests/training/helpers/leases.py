"""Takes runs as a worker does, each under a new lease, and stops their heartbeats."""

import datetime as dt
import uuid
from collections.abc import Callable

from django.utils import timezone

from training.models import TrainingRun
from training.runs import lifecycle, worker
from training.runs.lease import RunLease

LONG_AGO = dt.timedelta(minutes=5)


def take(run: TrainingRun) -> RunLease | None:
    return lifecycle.take(run.pk, uuid.uuid4())


def execute(run: TrainingRun, work: Callable[[RunLease], None]) -> None:
    worker.execute(run.pk, work, uuid.uuid4())


def now(run: TrainingRun) -> TrainingRun:
    return TrainingRun.objects.get(pk=run.pk)


def stop_heartbeat(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - LONG_AGO)
