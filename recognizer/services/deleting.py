"""Deleting drawings, and accounts with all their drawings; restoring what was deleted."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from digitsite.database import give_a_turn
from recognizer.accounts.audit.log import Kind, record
from recognizer.answers import exemplars
from recognizer.models import Drawing, DrawingQuerySet, Import, User
from recognizer.wording import drawing_count

CHANGED_AT_ONCE = 500
# How long a deleted drawing can be restored.
KEPT_DELETED = dt.timedelta(days=30)


class CountDiffers(Exception):
    """There are more or fewer drawings than the person saw."""


def delete(drawings: DrawingQuerySet, *, seen: int | None = None) -> int:
    """Deletes these drawings and returns how many there were. For KEPT_DELETED they can be restored
    by `restore`.

    Raises CountDiffers if their number is not `seen`.
    """
    # Their keys may be used again.
    gone = {"deleted_at": timezone.now(), "idempotency_key": None}
    return _change(drawings, lambda batch: batch.update(**gone), seen=seen)


def restore(drawings: DrawingQuerySet, *, seen: int | None = None) -> int:
    """Restores deleted drawings and returns how many there were. Raises as `delete`."""
    return _change(drawings, lambda batch: batch.update(deleted_at=None), seen=seen)


def erase(drawings: DrawingQuerySet, *, seen: int | None = None) -> int:
    """Deletes these drawings permanently, with their predictions and labels, and returns how many
    there were. The audit log records each batch. Raises as `delete`."""
    return _change(drawings, _erase_and_record, seen=seen)


def _erase_and_record(batch: DrawingQuerySet) -> None:
    _, counts = batch.delete()
    record(Kind.ERASED, about=drawing_count(counts[Drawing._meta.label]))


def _erase(drawings: DrawingQuerySet) -> None:
    _change(drawings, lambda batch: batch.delete())


def kept_until(deleted: Drawing) -> dt.datetime:
    """When a deleted drawing is erased."""
    assert deleted.deleted_at is not None
    return deleted.deleted_at + KEPT_DELETED


def erase_expired() -> None:
    """Erases drawings that were deleted longer ago than KEPT_DELETED."""
    expired = timezone.now() - KEPT_DELETED
    _erase(Drawing.all_objects.deleted().filter(deleted_at__lt=expired))


def _change(
    drawings: DrawingQuerySet, act: Callable[[DrawingQuerySet], object], *, seen: int | None = None
) -> int:
    """Applies `act` to all of the drawings, which must remove them from the query. Returns how many
    there were.

    In batches: a million at once would need too much memory and block other writers.
    """
    if seen is not None:
        drawings = _counted(drawings, seen)
    count = 0
    while batch := list(drawings.order_by().values_list("pk", flat=True)[:CHANGED_AT_ONCE]):
        if count:
            give_a_turn()
        count += _change_batch(drawings.filter(pk__in=batch), act)
    return count


def _change_batch(drawings: DrawingQuerySet, act: Callable[[DrawingQuerySet], object]) -> int:
    with transaction.atomic():
        # Locked, so that a drawing cannot be erased just after its owner was told that it is
        # restored; ordered by id, as for labels, since two transactions could deadlock otherwise.
        found = drawings.order_by("pk").select_for_update(of=("self",))
        batch = list(found.values_list("pk", flat=True))
        if batch:
            owners = exemplars.owners_of(batch)
            act(Drawing.all_objects.filter(pk__in=batch))
            exemplars.changed_for(*owners)
    return len(batch)


def _counted(drawings: DrawingQuerySet, seen: int) -> DrawingQuerySet:
    """These drawings, without those that are added after the count."""
    found = drawings.order_by().aggregate(count=Count("pk"), last=Max("pk"))
    if found["count"] != seen:
        are = "is 1 drawing" if found["count"] == 1 else f"are {found['count']} drawings"
        raise CountDiffers(f"There {are} now, not {seen}. Nothing was changed.")
    return drawings.filter(pk__lte=found["last"] or 0)


def delete_account(user: User) -> None:
    """Deletes a person with all their drawings, permanently."""
    # First of all, workers stop storing this person's imports.
    imports = Import.objects.filter(owner=user)
    imports.update(state=Import.State.DONE)
    imports.delete_in_parts()
    # A program that goes on saving would keep this busy: what it saves meanwhile goes with the row.
    mine = Drawing.all_objects.owned_by(user)
    _erase(mine.filter(pk__lte=mine.aggregate(last=Max("pk"))["last"] or 0))
    while not _delete_with_the_rest(user):
        pass


@transaction.atomic
def _delete_with_the_rest(user: User) -> bool:
    """Deletes a person with their drawings, unless somebody is writing to one that was saved a
    moment ago. Returns whether it did.

    On PostgreSQL who writes to a drawing locks it first, then its owner, and so does this:
    otherwise two could deadlock.
    """
    mine = Drawing.all_objects.owned_by(user).order_by("pk").values_list("pk", flat=True)
    list(mine.select_for_update())
    # From now on, drawings that a program of theirs saves wait, and are refused.
    if User.objects.select_for_update().filter(pk=user.pk).first() is None:
        return True  # another request was first
    if list(mine.select_for_update(skip_locked=True)) != list(mine):
        return False
    user.delete()
    return True
