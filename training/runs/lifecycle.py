"""The life cycle of runs: asked for, sent, taken, cancelled, reaped."""

import datetime as dt
import logging

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from kombu.exceptions import OperationalError

from recognizer.models import Drawing, Label, ModelVersion, User
from training.models import Checkpoint, DatasetSample, TrainingRun
from training.models.runs import new_lease
from training.runs.lease import RunLease

log = logging.getLogger(__name__)
State, Trigger = TrainingRun.State, TrainingRun.Trigger

# A task that no worker took is sent again after this long, and expires, so that they never pile up.
SENT_AGAIN_AFTER = dt.timedelta(minutes=1)
MOST_ATTEMPTS = 3
# Labels of a run that failed or was cancelled ask again after this long, if one more has come.
ASKS_AGAIN_AFTER = dt.timedelta(hours=1)
# A heart beats once a second: one that missed so much does not hear that its run is cancelled.
HEART_MISSED = dt.timedelta(seconds=10)
NOBODY_CAME = "Waiting: no training worker has come yet"


# Asked for -------------------------------------------------------------------------------------


def trigger(*, trigger: str, asked_by: User | None = None) -> TrainingRun:
    """Makes a run and asks a worker for it.

    While another run is active it is made all the same, as skipped, with the reason: no trigger
    is ever silent.
    """
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                trigger=trigger, asked_by=asked_by, labels_until=_newest_label()
            )
    except IntegrityError:
        return _skipped(trigger, asked_by)
    transaction.on_commit(lambda: send(run))
    return run


def _skipped(trigger: str, asked_by: User | None) -> TrainingRun:
    active = TrainingRun.objects.active().first()
    reason = f"Run {active.pk} is still {active.state}." if active else "Another run just ended."
    return TrainingRun.objects.create(
        trigger=trigger,
        asked_by=asked_by,
        state=State.SKIPPED,
        reason=reason,
        ended_at=timezone.now(),
    )


def send(run: TrainingRun) -> None:
    """Asks a worker to do the run. Without a broker it stays queued, and `tend` asks again."""
    queued = TrainingRun.objects.filter(pk=run.pk, state=State.QUEUED)
    queued.update(sent_at=timezone.now())
    try:
        current_app.send_task(
            "training.run", args=[run.pk], expires=SENT_AGAIN_AFTER.total_seconds()
        )
    except OperationalError as error:
        queued.update(sent_at=None)
        log.warning("%s waits: no broker answers (%s).", run, error)


def cancel(run: TrainingRun) -> bool:
    """Ends a queued run at once; has a worker end the one it holds, within two seconds.

    Returns whether there was anything to cancel.
    """
    mine = TrainingRun.objects.filter(pk=run.pk)
    over = {"state": State.CANCELLED, "ended_at": timezone.now(), "reason": "Staff cancelled it."}
    # Between the two a worker may take it; the other way round one may lose it.
    for _ in range(2):
        if mine.filter(state=State.QUEUED).update(**over, phase=""):
            return True
        if mine.filter(state__in=TrainingRun.HELD).update(cancel_asked=True):
            _end_at_once(run)
            return True
    return False


def _end_at_once(run: TrainingRun) -> None:
    """A worker that was not heard for so long need not be given up by the reaper first."""
    for silent in TrainingRun.objects.silent_since(timezone.now() - HEART_MISSED).filter(pk=run.pk):
        _take_away(silent)


# Held by a worker ------------------------------------------------------------------------------


def take(run_id: int) -> RunLease | None:
    """The run, leased to the caller from now on; None where it is not queued."""
    lease, now = new_lease(), timezone.now()
    taken = TrainingRun.objects.filter(pk=run_id, state=State.QUEUED).update(
        state=State.RUNNING,
        lease=lease,
        attempt=F("attempt") + 1,
        started_at=Coalesce(F("started_at"), Value(now)),
        taken_at=now,
        heartbeat_at=now,
        phase="Starting",
        phase_ends_at=None,
    )
    return RunLease(TrainingRun.objects.get(lease=lease)) if taken else None


# Looked after ----------------------------------------------------------------------------------


def look_after() -> None:
    """What beat has done for runs every few seconds: the dead are reaped, the lost sent again, and
    a run is begun where enough is new."""
    reap()
    resend()
    look_for_labels()


def reap() -> None:
    """Takes runs from workers that fell silent: to be gone on with, or to be failed."""
    silent = timezone.now() - dt.timedelta(seconds=settings.RUN_SILENT_SECONDS)
    for run in TrainingRun.objects.silent_since(silent):
        _take_away(run)


def _take_away(run: TrainingRun) -> None:
    fields = _after_silence(run)
    # By lease and heartbeat: a worker that gives a sign of life just now keeps its run.
    held = TrainingRun.objects.held_by(run.lease).filter(heartbeat_at=run.heartbeat_at)
    if not held.update(lease=None, phase_ends_at=None, **fields):
        return
    log.warning("%s: its worker fell silent. It is %s now.", run, fields["state"])
    if fields["state"] == State.QUEUED:
        send(run)
    else:
        Checkpoint.objects.filter(run=run).delete()


def _after_silence(run: TrainingRun) -> dict[str, object]:
    over = {"ended_at": timezone.now(), "phase": ""}
    if run.cancel_asked:
        return over | {"state": State.CANCELLED, "reason": "Staff cancelled it."}
    if TrainingRun.objects.worked_too_long().filter(pk=run.pk).exists():
        return over | {"state": State.FAILED, "reason": took_too_long()}
    if run.attempt >= MOST_ATTEMPTS:
        reason = f"Its worker stopped without a word {run.attempt} times."
        return over | {"state": State.FAILED, "reason": reason}
    return {"state": State.QUEUED, "phase": "Its worker stopped; waiting for another"}


def took_too_long() -> str:
    """Why a run failed that did not come to an end in time, in words."""
    return f"It was not done within {settings.RUN_MOST_SECONDS} seconds, the most a run may take."


def resend() -> None:
    """Sends queued runs again that no worker took within a minute."""
    for run in TrainingRun.objects.unsent_since(timezone.now() - SENT_AGAIN_AFTER):
        if run.sent_at is not None:
            queued = TrainingRun.objects.filter(pk=run.pk, state=State.QUEUED)
            queued.update(phase=NOBODY_CAME)
        send(run)


# Enough new labels -----------------------------------------------------------------------------


def look_for_labels() -> TrainingRun | None:
    """Asks for a run where RETRAIN_AFTER_LABELS drawings got labels that no run took heed of.

    The same labels never ask twice. Those of a run that failed or was cancelled count again, yet
    not at once, and not by themselves: what fails for ever is not begun for ever.
    """
    enough = settings.RETRAIN_AFTER_LABELS
    if not enough or TrainingRun.objects.active().exists():
        return None
    if _since(TrainingRun.objects.all(), enough) < enough and not _enough_again(enough):
        return None
    return trigger(trigger=Trigger.LABELS)


def _enough_again(enough: int) -> bool:
    """Whether labels that asked in vain are to ask again."""
    lately = TrainingRun.objects.filter(ended_at__gt=timezone.now() - ASKS_AGAIN_AFTER)
    if lately.filter(state__in=[State.FAILED, State.CANCELLED]).exists():
        return False
    return _since(TrainingRun.objects.all(), 1) == 1 and new_labels(enough) >= enough


def new_labels(most: int) -> int:
    """How many drawings that may teach got the label that counts since a run last took heed.

    Counts no further than `most`.
    """
    return _since(TrainingRun.objects.listened(), most)


def _since(begun: QuerySet[TrainingRun], most: int) -> int:
    until = begun.aggregate(last=Max("labels_until"))["last"] or 0
    new = Drawing.objects.may_teach().filter(label_id__gt=until)
    return new.order_by()[:most].count()


def would_be_skipped() -> bool:
    """Whether a run now would find what the last decided one found, to the last drawing."""
    last = TrainingRun.objects.decided().first()
    if last is None or not had_its_say(last):
        return False
    learnt = DatasetSample.objects.filter(dataset=last.dataset_id)
    known = learnt.filter(drawing_id=OuterRef("pk"), label_id=OuterRef("label_id"))
    there = Drawing.objects.may_teach().filter(truth_given=True).order_by()
    return learnt.count() == there.count() and not there.filter(~Exists(known)).exists()


def had_its_say(run: TrainingRun) -> bool:
    """Whether what this run learned from has nothing more to say: it was promoted, or rejected by
    the gate against the champion that answers now."""
    if run.state == State.PROMOTED:
        return True
    champion = ModelVersion.objects.champion()
    return run.champion_id == (champion and champion.pk) and not run.decision.get("promote")


def _newest_label() -> int:
    return Label.objects.aggregate(last=Max("pk"))["last"] or 0
