"""The random tenth: spot checks of drawings chosen at random from all answered ones, to estimate
accuracy without bias. The rest of the queue is chosen for its doubts and would underestimate it.

A chosen drawing that was reviewed before counts at once, any other once a reviewer has labelled it.
Those that every reviewer skips never count. Of several labels that reviewers gave a drawing, the
first counts: whoever gave the later ones was shown the answer.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Min, OuterRef, Subquery

from recognizer.models import Drawing, DrawingQuerySet, Label, User
from training.ml.evaluation.statistics import wilson
from training.models import SpotCheck
from training.review import claims

# Ids are drawn at random, and those without a drawing are dropped: so many at each try. Usually one
# of the first exists and is open.
TRIES = (20, 200, 200, 200, 200)
# How many of the newest spot checks are searched for open ones, and measured.
MOST_OPEN, MOST_MEASURED = 200, 1000


@dataclass(frozen=True)
class Estimate:
    """How often the answers are right: hits of count, and the 95% interval of the share."""

    hits: int
    count: int

    @property
    def share(self) -> float | None:
        return self.hits / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.count)


def estimate(version: int | None = None) -> Estimate:
    """The estimate from the newest decided spot checks, of one version's answers or all."""
    decided = SpotCheck.objects.filter(drawing__reviewed=True, drawing__deleted_at=None)
    if version is not None:
        decided = decided.filter(model_version=version)
    given = Label.objects.filter(drawing=OuterRef("drawing"), role=Label.Role.REVIEWER)
    first = Subquery(given.order_by("pk").values("digit")[:1])
    newest = decided.order_by("-pk").values_list("digit", first)[:MOST_MEASURED]
    hits = [digit == said for digit, said in newest]
    return Estimate(hits=sum(hits), count=len(hits))


def draw(reviewer: User, rng: random.Random, *, but: Collection[int] = ()) -> int | None:
    """A spot check for this reviewer: an open one, else a new one. None where there is none.

    `but`: those that they are about to be shown anyway.
    """
    waiting = _open(reviewer, but)
    return waiting if waiting is not None else _newly_drawn(reviewer, rng)


def _open(reviewer: User, but: Collection[int]) -> int | None:
    # By ids, and all at once: otherwise PostgreSQL would walk through the drawings by id.
    newest = SpotCheck.objects.order_by("-pk").values_list("drawing", flat=True)[:MOST_OPEN]
    found = _may_be_shown(reviewer, Drawing.objects.filter(pk__in=set(newest) - set(but)))
    return min(found.order_by().values_list("pk", flat=True), default=None)


def _newly_drawn(reviewer: User, rng: random.Random) -> int | None:
    ends = Drawing.all_objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return None
    numbers = range(ends["first"], ends["last"] + 1)
    for count in TRIES:
        drawn = rng.sample(numbers, min(count, len(numbers)))
        shown = _check_until_shown(reviewer, drawn)
        if shown is not None or len(drawn) == len(numbers):
            return shown
    return None


def _check_until_shown(reviewer: User, drawn: list[int]) -> int | None:
    """Adds these ids to the sample, in order, up to the first that this reviewer can be shown.
    Returns that one, or None. Drawings that were reviewed already, or that another reviewer has
    claimed, are added too."""
    pool = Drawing.objects.may_teach().exclude(owner=reviewer).filter(answer__isnull=False)
    there = pool.filter(pk__in=drawn, spot_check=None).select_related("answer")
    needed = there.only("digit", "answer__model_version").order_by()
    known = {drawing.pk: drawing for drawing in needed}
    shown = set(_may_be_shown(reviewer, there).values_list("pk", flat=True))
    first = next((place for place, number in enumerate(drawn) if number in shown), None)
    sampled = drawn if first is None else drawn[: first + 1]
    with transaction.atomic():
        kept = claims.locked([number for number in sampled if number in known])
        SpotCheck.objects.bulk_create(
            [_check(known[number]) for number in kept], ignore_conflicts=True
        )
    return None if first is None else drawn[first]


def _may_be_shown(reviewer: User, drawings: DrawingQuerySet) -> DrawingQuerySet:
    open_ones = drawings.may_teach().filter(reviewed=False, answer__isnull=False)
    free = open_ones.exclude(claims.is_claimed()).exclude(claims.is_skipped(reviewer))
    return free.exclude(owner=reviewer)


def _check(drawing: Drawing) -> SpotCheck:
    assert drawing.answer is not None
    return SpotCheck(
        drawing=drawing,
        digit=drawing.digit,
        model_version_id=drawing.answer.model_version_id,
    )
