"""Training's Celery tasks. Each can run twice, or die half-way, without harm."""

import os
import signal
import uuid
from typing import Any

from celery import Task, shared_task
from celery.signals import worker_shutting_down
from celery.worker import state
from django.conf import settings

from training.datasets import erasure
from training.models import TrainingRun
from training.review import claims
from training.runs import dispatch, label_trigger, lifecycle, notices, reaper, worker
from training.runs.lease import RunLease
from training.versions import thinning


@worker_shutting_down.connect
def put_runs_back(**kwargs: Any) -> None:
    """Requeues the runs of a worker that is asked to stop: they may take minutes."""
    for request in state.active_requests:
        if request.name == run.name:
            reaper.put_back(uuid.UUID(request.id))
            os.kill(request.worker_pid, signal.SIGKILL)


# A run that does not end so long after the soft limit hangs outside Python: its process is killed.
KILLED_AFTER = 10


# Acknowledged early: the run's row is the truth about it, and the reaper looks after that.
@shared_task(
    name="training.run",
    bind=True,
    acks_late=False,
    soft_time_limit=settings.RUN_MOST_SECONDS,
    time_limit=settings.RUN_MOST_SECONDS + KILLED_AFTER,
)
def run(self: Task, run_id: int) -> None:
    worker.execute(run_id, _train, task=uuid.UUID(self.request.id))


def _train(lease: RunLease) -> None:
    from training.runs.steps import pipeline  # it imports torch, which only this worker needs

    pipeline.work(lease)


@shared_task(name="training.tend")
def tend() -> None:
    reaper.reap()
    dispatch.resend()
    label_trigger.start_run()
    notices.send_due()
    claims.sweep()


# Never later than the broker's visibility_timeout, after which it would be sent twice.
@shared_task(
    name=notices.TASK,
    autoretry_for=(OSError,),
    max_retries=5,
    retry_backoff=5,
    retry_backoff_max=40,
)
def tell(run_id: int, user_id: int) -> None:
    notices.tell(run_id, user_id)


@shared_task(name="training.forget")
def forget() -> None:
    erasure.forget_deleted()
    erasure.sweep_datasets()


@shared_task(name="training.thin")
def thin() -> None:
    thinning.thin()


@shared_task(name="training.scheduled")
def scheduled() -> None:
    lifecycle.trigger(trigger=TrainingRun.Trigger.SCHEDULE)
