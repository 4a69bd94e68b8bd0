"""Requests to Celery: to give a queued run to a worker, and to kill a process that hangs.

Neither is certain to arrive. The run's row is authoritative: a run that no worker took is sent
again, and a worker that lost its run learns so from the row (training/runs/lease.py).
"""

import datetime as dt
import logging
import uuid

from celery import current_app
from django.utils import timezone
from kombu.exceptions import OperationalError

from recognizer import publishing
from training.models import TrainingRun
from training.models.runs import TrainingRunQuerySet

log = logging.getLogger(__name__)

# A task that no worker took is sent again after this long, and expires, so that they never pile up.
SENT_AGAIN_AFTER = dt.timedelta(minutes=1)
NOBODY_CAME = "Waiting: no training worker has come yet"


def send(run: TrainingRun) -> None:
    """Sends a worker the run's task. Without a broker the run stays queued, and its task is sent
    later."""
    queued = _queued(run)
    queued.update(sent_at=timezone.now())
    try:
        publishing.send("training.run", run.pk, expires=SENT_AGAIN_AFTER.total_seconds())
    except OperationalError as error:
        queued.update(sent_at=None)
        log.warning("%s waits: no broker answers (%s).", run, error)


def resend() -> None:
    """Sends queued runs again that no worker took within a minute."""
    for run in TrainingRun.objects.unsent_since(timezone.now() - SENT_AGAIN_AFTER):
        if run.sent_at is not None:
            _queued(run).update(phase=NOBODY_CAME)
        send(run)


def _queued(run: TrainingRun) -> TrainingRunQuerySet:
    return TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.QUEUED)


def kill(lease: uuid.UUID) -> None:
    """Makes Celery kill the process whose task holds this lease, wherever it hangs."""
    retries = current_app.conf.task_publish_retry_policy
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(**retries)  # on its own, revoke retries for ever
            current_app.control.revoke(
                str(lease), terminate=True, signal="SIGKILL", connection=connection
            )
    except OperationalError as error:
        log.warning("Task %s was not killed: no broker answers (%s).", lease, error)
