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
    """A worker waits for the broker, not the other way round."""
    conf.broker_transport_options["socket_timeout"] = WORKER_SOCKET_SECONDS


@celeryd_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """A process of the pool that is busy would not notice that its worker was killed."""
    parent_death.tie_forks()


@task_prerun.connect
def heal_connections(task: Any, **kwargs: Any) -> None:
    """One that is too old, or that the database has closed, is made again."""
    if not task.request.is_eager:
        close_old_connections()


@celeryd_after_setup.connect
def share_memory(**kwargs: Any) -> None:
    """With the processes of the pool: what they all need is imported once, and no garbage
    collection writes into what they share."""
    if "recognition" in app.amqp.queues.consume_from:
        for name in SHARED:
            import_module(name)
    gc.freeze()


@worker_process_init.connect
def prepare_the_process(**kwargs: Any) -> None:
    """Before the first task: what recognises loads the model, what trains keeps to its threads."""
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
    """No more threads than a run may have, and none that spins as it waits: for torch and scipy,
    which read it when they are imported, and for NumPy's OpenBLAS, which did so long ago, with this
    worker."""
    from threadpoolctl import threadpool_limits  # comes with what trains, which others lack

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, str(settings.TRAINING_THREADS))
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    threadpool_limits(settings.TRAINING_THREADS)
