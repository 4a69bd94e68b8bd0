"""What workers do for the recognizer. Each can run twice, or die half-way, without harm."""

from celery import shared_task

from recognizer import services


@shared_task(name="recognizer.predict", acks_late=True, reject_on_worker_lost=True)
def predict(drawing_id: int) -> None:
    services.predict(drawing_id)


@shared_task(name="recognizer.sweep")
def sweep() -> None:
    services.sweep()
