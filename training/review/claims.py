"""Claims: leases of two minutes, so that no two reviewers are shown the same drawing."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from recognizer.models import Drawing, User
from training.models import Claim, Skip

LEASE = dt.timedelta(minutes=2)
SKIPPED_FOR = dt.timedelta(days=1)


def claim(reviewer: User, numbers: Collection[int]) -> set[int]:
    """Claims these drawings for the reviewer, or extends the claims.

    Returns those it could claim: neither deleted, nor claimed by another.
    """
    now = timezone.now()
    until = now + LEASE
    with transaction.atomic(savepoint=False):
        there = Drawing.objects.filter(pk__in=locked(numbers))
        wanted = Claim.objects.filter(drawing__in=there)
        # Compare-and-swap: of two concurrent claims, one finds the other's time and changes
        # nothing.
        mine = wanted.filter(Q(until__lt=now) | Q(reviewer=reviewer))
        mine.update(reviewer=reviewer, until=until)
        free = there.filter(claim=None).values_list("pk", flat=True)
        fresh = [Claim(drawing_id=number, reviewer=reviewer, until=until) for number in free]
        Claim.objects.bulk_create(fresh, ignore_conflicts=True)
    claimed = wanted.filter(reviewer=reviewer, until__gte=now)
    return set(claimed.values_list("drawing_id", flat=True))


def locked(numbers: Collection[int]) -> list[int]:
    """The drawings that still exist, locked against deletion until the transaction ends, so that
    rows that refer to them can be written."""
    there = Drawing.objects.filter(pk__in=numbers).order_by("pk")
    return list(there.select_for_update(no_key=True).values_list("pk", flat=True))


def release(reviewer: User, numbers: Collection[int]) -> None:
    """Releases the claims on these."""
    Claim.objects.filter(reviewer=reviewer, drawing__in=numbers).delete()


def sweep() -> None:
    """Deletes expired claims and skips."""
    now = timezone.now()
    Claim.objects.filter(until__lt=now).delete()
    Skip.objects.filter(until__lt=now).delete()


def held_by_others(reviewer: User, numbers: Collection[int]) -> set[int]:
    """Those of the drawings that another reviewer has claimed."""
    claimed = Claim.objects.filter(drawing__in=numbers, until__gte=timezone.now())
    return set(claimed.exclude(reviewer=reviewer).values_list("drawing_id", flat=True))


def skip(reviewer: User, number: int) -> None:
    """Releases a drawing; this reviewer is not shown it again for a day. Does nothing if it was
    deleted meanwhile."""
    until = timezone.now() + SKIPPED_FOR
    with transaction.atomic():
        for there in locked([number]):
            Skip.objects.update_or_create(
                drawing_id=there, reviewer=reviewer, defaults={"until": until}
            )
    release(reviewer, [number])


def unskip(reviewer: User, number: int) -> None:
    """Removes the skip of a drawing that was labelled after all."""
    Skip.objects.filter(drawing=number, reviewer=reviewer).delete()


def is_claimed(*, by_others_than: User | None = None) -> Exists:
    """A condition on drawings: whether anybody has claimed it now."""
    live = Claim.objects.filter(drawing=OuterRef("pk"), until__gte=timezone.now())
    return Exists(live.exclude(reviewer=by_others_than) if by_others_than else live)


def is_skipped(reviewer: User) -> Exists:
    """A condition on drawings: whether the reviewer skipped it within a day."""
    now = timezone.now()
    return Exists(Skip.objects.filter(drawing=OuterRef("pk"), reviewer=reviewer, until__gte=now))
