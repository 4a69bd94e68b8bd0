"""The Celery application: two queues, `recognition` and `training`."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, worker_process_init

from digitsite import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

app = Celery("digitsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """A process of the pool that is busy would not notice that its worker was killed."""
    lifeline.hold_forks()


@worker_process_init.connect
def load_the_champion(**kwargs: Any) -> None:
    """Loads the model before the first task, in the processes that recognise."""
    if "recognition" in app.amqp.queues.consume_from:
        from recognizer import serving  # the models can be imported only once Django is set up

        serving.warm()
