"""What workers do for training. Each can run twice, or die half-way, without harm."""

from celery import shared_task

from training import execution, runs
from training.datasets import erasure
from training.models import TrainingRun


# Acknowledged early: the run's row is the truth about it, and a reaper looks after that.
@shared_task(name="training.run", acks_late=False)
def run(run_id: int) -> None:
    from training import pipeline  # it imports torch, which only this worker needs

    execution.execute(run_id, pipeline.work)


@shared_task(name="training.tend")
def tend() -> None:
    runs.tend()


@shared_task(name="training.forget")
def forget() -> None:
    erasure.forget_deleted()
    erasure.sweep_datasets()


@shared_task(name="training.scheduled")
def scheduled() -> None:
    runs.trigger(trigger=TrainingRun.Trigger.SCHEDULE)
