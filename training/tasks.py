"""What workers do for training. Each can run twice, or die half-way, without harm."""

from celery import shared_task

from training.datasets import erasure
from training.models import TrainingRun
from training.review import claims
from training.runs import lifecycle, worker


# Acknowledged early: the run's row is the truth about it, and a reaper looks after that.
@shared_task(name="training.run", acks_late=False)
def run(run_id: int) -> None:
    from training.runs import pipeline  # it imports torch, which only this worker needs

    worker.execute(run_id, pipeline.work)


@shared_task(name="training.tend")
def tend() -> None:
    lifecycle.look_after()
    claims.sweep()


@shared_task(name="training.forget")
def forget() -> None:
    erasure.forget_deleted()
    erasure.sweep_datasets()


@shared_task(name="training.scheduled")
def scheduled() -> None:
    lifecycle.trigger(trigger=TrainingRun.Trigger.SCHEDULE)
