"""The Celery application: two queues, `recognition` and `training`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

app = Celery("digitsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def load_the_champion(**kwargs: Any) -> None:
    """Loads the model before the first task, in the processes that recognise."""
    if "recognition" in app.amqp.queues.consume_from:
        from recognizer import serving  # the models can be imported only once Django is set up

        serving.warm()
