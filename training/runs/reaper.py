"""The reaper: when a run's worker dies, gives the run to another, or ends it after the third death.

A worker is presumed dead when its run had no heartbeat for RUN_SILENT_SECONDS; far sooner if staff
asked to cancel the run.
"""

import datetime as dt
import logging
import uuid

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from training.models import Checkpoint, TrainingRun
from training.runs import dispatch
from training.wording import CANCELLED

log = logging.getLogger(__name__)
State = TrainingRun.State
MOST_ATTEMPTS = 3
# A worker that has missed so many heartbeats will not notice that its run is to be cancelled.
UNRESPONSIVE_AFTER = dt.timedelta(seconds=3)


def reap() -> None:
    """Takes runs from workers without a heartbeat: to be continued by another, or ended."""
    silent = dt.timedelta(seconds=settings.RUN_SILENT_SECONDS)
    for run in TrainingRun.objects.without_heartbeat_since(timezone.now() - silent):
        take_away(run)
    unresponsive = TrainingRun.objects.without_heartbeat_since(timezone.now() - UNRESPONSIVE_AFTER)
    for run in unresponsive.filter(cancel_asked=True):
        take_away(run)


def take_away(run: TrainingRun) -> None:
    """Takes this run from its worker, whose process is killed if it still lives.

    Nothing happens where a heartbeat came since the run was read.
    """
    fields = _fields_after_lost_worker(run)
    taken = TrainingRun.objects.held_by(run.lease).filter(heartbeat_at=run.heartbeat_at)
    if not taken.update(lease=None, phase_ends_at=None, **fields):
        return
    log.warning("%s: its worker gave no heartbeat. It is %s now.", run, fields["state"])
    if run.lease is not None:
        dispatch.kill(run.lease)
    if fields["state"] == State.QUEUED:
        dispatch.send(run)
    else:
        Checkpoint.objects.filter(run=run).delete()


def put_back(lease: uuid.UUID) -> None:
    """Requeues a run whose worker is asked to stop: another resumes from the last checkpoint.
    It does not count as an attempt."""
    TrainingRun.objects.held_by(lease).filter(cancel_asked=False).update(
        state=State.QUEUED,
        lease=None,
        sent_at=None,
        attempt=F("attempt") - 1,
        phase="Its worker was stopped; waiting for another",
        phase_ends_at=None,
    )


def _fields_after_lost_worker(run: TrainingRun) -> dict[str, object]:
    over = {"ended_at": timezone.now(), "phase": ""}
    if run.cancel_asked:
        return over | {"state": State.CANCELLED, "reason": CANCELLED}
    if TrainingRun.objects.worked_too_long().filter(pk=run.pk).exists():
        return over | {"state": State.FAILED, "reason": took_too_long()}
    if run.attempt >= MOST_ATTEMPTS:
        reason = f"Its worker stopped without a word {run.attempt} times."
        return over | {"state": State.FAILED, "reason": reason}
    return {"state": State.QUEUED, "phase": "Its worker stopped; waiting for another"}


def took_too_long() -> str:
    """Why a run failed that its worker did not finish in time, as a sentence."""
    return f"It was not done within {settings.RUN_MOST_SECONDS} seconds, the most a run may take."
