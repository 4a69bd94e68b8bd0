"""The Celery application: three queues, `recognition`, `imports` and `training`."""

import gc
import os
from importlib import import_module
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, celeryd_init, task_prerun, worker_process_init
from django.conf import settings
from django.db import close_old_connections

from digitsite import parent_death

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

WORKER_SOCKET_SECONDS = 30
# What all processes that recognise need.
SHARED = ("recognizer.imports.work", "recognizer.answers.stored.refresh")

app = Celery("digitsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def wait_for_tasks(conf: Any, **kwargs: Any) -> None:
    """Gives a worker's connection its own timeout: unlike a publisher, a worker waits for the
    broker."""
    conf.broker_transport_options["socket_timeout"] = WORKER_SOCKET_SECONDS


@celeryd_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """Ends a pool process when its worker is killed: a busy one would not notice."""
    parent_death.tie_forks()


@task_prerun.connect
def heal_connections(task: Any, **kwargs: Any) -> None:
    """Replaces a database connection that is too old, or that the server closed."""
    if not task.request.is_eager:
        close_old_connections()


@celeryd_after_setup.connect
def share_memory(**kwargs: Any) -> None:
    """Before the pool is forked: imports what all its processes need once, and keeps the garbage
    collector from writing into the memory that they share."""
    if "recognition" in app.amqp.queues.consume_from:
        for name in SHARED:
            import_module(name)
    gc.freeze()


@worker_process_init.connect
def prepare_the_process(**kwargs: Any) -> None:
    """Before the first task: recognition workers load the model, training workers limit their
    threads."""
    queues = app.amqp.queues.consume_from
    if "training" in queues:
        _limit_threads()
    if "recognition" in queues:
        from recognizer.answers import (
            serving,
            version_heartbeats,  # importable only once Django is set up
        )

        serving.warm()
        version_heartbeats.report("recognition")


def _limit_threads() -> None:
    """Allows no more threads than a run may use, and none that spins while it waits: by environment
    variables for torch and scipy, which read them when imported, and directly for NumPy's OpenBLAS,
    which read them when this worker started."""
    from threadpoolctl import threadpool_limits  # installed only with the training requirements

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(settings.TRAINING_THREADS))
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    threadpool_limits(settings.TRAINING_THREADS)
