"""Rows of the last days, and fair samples of many rows, without an index on the time.

Ids rise with time in every table that is only added to, so the first row of a day is found by
halving: about twenty looks by primary key among a million rows, where an index would cost every
save.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.db.models import Max, Min, QuerySet

from recognizer.models import Drawing


def first_since(rows: QuerySet[Any], moment: dt.datetime) -> int:
    """The smallest id whose row was made at that moment or later; one above all if none was.

    `rows` has an id and a `created_at`, which rise together.
    """
    low, high = _ends(rows)
    while low < high:
        middle = (low + high) // 2
        found = rows.filter(pk__gte=middle).order_by("pk").values_list("pk", "created_at").first()
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0] + 1
    return low


def _ends(rows: QuerySet[Any]) -> tuple[int, int]:
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    return (ends["first"], ends["last"] + 1) if ends["first"] is not None else (1, 1)


def sample(rows: QuerySet[Any], *, since: int, most: int) -> QuerySet[Any]:
    """Rows from that id on: all of them, or every second, third ... so that `most` remain."""
    _, end = _ends(rows.order_by())
    step = math.ceil((end - since) / most)
    if step <= 1:
        return rows.filter(pk__gte=since)
    return rows.filter(pk__in=range(since, end, step))


def drawings(since: dt.datetime, most: int) -> QuerySet[Drawing]:
    """Those drawn since then, or `most` of them."""
    first = first_since(Drawing.objects.all(), since)
    return sample(Drawing.objects.drawn_from(since).order_by(), since=first, most=most)
