"""Claims: which worker answers which waiting drawings.

A worker claims drawings before it reads them, so that no two read the same. A claim expires, so
nothing needs to be cleaned up after a killed worker. Claims only save work; the database guarantees
that there is one prediction per drawing and version.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from recognizer.models import Drawing, DrawingQuerySet

AT_ONCE = 64
# How many of these are the oldest: newer drawings come first, but the backlog must shrink too.
OLDEST = 16
LAPSES_AFTER = dt.timedelta(seconds=20)
UNREADABLE_FOR = dt.timedelta(hours=1)


@transaction.atomic
def claim_fresh() -> list[Drawing]:
    """Claims up to AT_ONCE unclaimed drawings: the newest, and some of the oldest."""
    fresh = _free().filter(claimed_until=None)
    found = list(fresh.order_by("-created_at")[: AT_ONCE - OLDEST])
    if len(found) == AT_ONCE - OLDEST:
        others = fresh.exclude(pk__in=[drawing.pk for drawing in found])
        found += others.order_by("created_at")[:OLDEST]
    return _claimed(found)


@transaction.atomic
def claim_lapsed() -> list[Drawing]:
    """Claims the drawing with the oldest expired claim, if any. Only one at a time: it may have
    crashed its worker, and alone it takes no others with it."""
    lapsed = _free().filter(claimed_until__lt=timezone.now()).order_by("claimed_until")
    return _claimed(list(lapsed[:1]))


def postpone(drawings: Iterable[Drawing]) -> None:
    """Keeps workers from claiming drawings that cannot be read, for UNREADABLE_FOR."""
    _hold(drawings, UNREADABLE_FOR)


def _free() -> DrawingQuerySet:
    """Waiting drawings, with their rows locked (on SQLite the transaction locks everything). Rows
    that another worker is about to claim are skipped."""
    waiting = Drawing.objects.waiting().select_related("upload")
    return waiting.select_for_update(skip_locked=True, of=("self",), no_key=True)


def _claimed(drawings: list[Drawing]) -> list[Drawing]:
    _hold(drawings, LAPSES_AFTER)
    return drawings


def _hold(drawings: Iterable[Drawing], time: dt.timedelta) -> None:
    held = Drawing.objects.filter(pk__in=[drawing.pk for drawing in drawings])
    held.update(claimed_until=timezone.now() + time)  # no query without ids
