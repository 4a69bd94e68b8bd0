"""Rows of the last days, and even samples of many rows, without an index on the time.

In an append-only table ids rise with time, so the first row of a day is found by bisection: about
twenty look-ups by primary key among a million rows. An index would cost time at every insert.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.db.models import Max, Min, QuerySet

from recognizer.models import Drawing

# Rows of a sample that follow each other: they lie on one page of the disk.
TOGETHER = 8


def first_since(rows: QuerySet[Any], moment: dt.datetime) -> int:
    """The smallest id whose row was made at that moment or later; one above all where none was.

    The ids of `rows` must rise with `created_at`.
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
    """Rows from that id on: all, or groups of TOGETHER at even distances, so that `most` or fewer
    remain."""
    # The last alone: the first of few would be looked for among all that are older.
    last = rows.order_by().aggregate(last=Max("pk"))["last"]
    if last is None or last + 1 - since <= most:
        return rows.filter(pk__gte=since)
    step = math.ceil((last + 1 - since) / max(most - TOGETHER, 1))
    firsts = range(since, last + 1, step * TOGETHER)
    return rows.filter(pk__in=[pk for first in firsts for pk in range(first, first + TOGETHER)])


def drawings(since: dt.datetime, most: int) -> QuerySet[Drawing]:
    """Drawings made since then, or an even sample of `most`."""
    # Deleted ones too: without them a step of the bisection could pass by very many.
    first = first_since(Drawing.all_objects.all(), since)
    return sample(Drawing.objects.drawn_from(since).order_by(), since=first, most=most)
