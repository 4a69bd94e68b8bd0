"""How a run begins and is cancelled: triggered, taken by a worker, asked to end.

The worker (training/runs/lease.py) or the reaper (training/runs/reaper.py) records its end.
"""

import uuid

from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from recognizer.accounts.audit.log import Kind, record
from recognizer.models import Label, User
from training.models import TrainingRun
from training.runs import dispatch, reaper
from training.runs.lease import RunLease
from training.wording import CANCELLED

State, Trigger = TrainingRun.State, TrainingRun.Trigger


def trigger(*, trigger: str, asked_by: User | None = None) -> TrainingRun:
    """Creates a run and sends a worker its task.

    While another run is active, the new one is created as skipped, with the reason: every trigger
    leaves a run.
    """
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                trigger=trigger, asked_by=asked_by, labels_until=_newest_label()
            )
    except IntegrityError:
        return _skipped(trigger, asked_by)
    if asked_by:
        record(Kind.RUN, by=asked_by, about=f"run {run.pk} started")
    transaction.on_commit(lambda: dispatch.send(run))
    return run


def _newest_label() -> int:
    return Label.objects.aggregate(last=Max("pk"))["last"] or 0


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


def take(run_id: int, lease: uuid.UUID) -> RunLease | None:
    """Leases the run to the task with this id; None where it is not queued."""
    now = timezone.now()
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


def cancel(run: TrainingRun) -> bool:
    """Ends a queued run at once; makes a worker end a run that it holds, within two seconds.
    Returns whether there was anything to cancel."""
    mine = TrainingRun.objects.filter(pk=run.pk)
    queued, held = mine.filter(state=State.QUEUED), mine.filter(state__in=TrainingRun.HELD)
    over = {"state": State.CANCELLED, "ended_at": timezone.now(), "reason": CANCELLED}
    # A worker may take the run between the two queries; in the second round it may lose it.
    for _ in range(2):
        if _cancel(queued, run, **over, phase=""):
            return True
        if _cancel(held.filter(cancel_asked=False), run, cancel_asked=True) or held.exists():
            _end_if_unresponsive(run)
            return True
    return False


def _cancel(runs: QuerySet[TrainingRun], run: TrainingRun, **fields: object) -> bool:
    """Cancels the run if it is among these, and records that in the audit log. Returns whether it
    was."""
    with transaction.atomic():
        is_changed = bool(runs.update(**fields))
        if is_changed:
            record(Kind.RUN, about=f"run {run.pk} cancelled")
    return is_changed


def _end_if_unresponsive(run: TrainingRun) -> None:
    """Takes the run from a worker that would not notice; otherwise the reaper would do so later."""
    stale = TrainingRun.objects.without_heartbeat_since(timezone.now() - reaper.UNRESPONSIVE_AFTER)
    for stale_run in stale.filter(pk=run.pk):
        reaper.take_away(stale_run)
