"""What reviewers do: get the next drawings, label, skip and confirm them, one or many."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing, User
from recognizer.services import labelling
from training.models import Claim, DatasetRevision, DatasetSample, SpotCheck
from training.review import claims, embeddings, queue, reasons, spot_checks
from training.review.diversity import IN_A_ROW, varied
from training.review.queue import ALL, DrawingIds, Filters

RANDOM_SHARE = 0.1
# How many of the first drawings are searched for dissimilar shapes.
CANDIDATES = 120
MOST_SHOWN, MOST_AT_ONCE = 48, 100
# The same label within this time is taken for a repeated request.
LABELLED_TWICE = dt.timedelta(minutes=1)


class ClaimTaken(Exception):
    """Another reviewer has claimed this drawing."""


class NothingToConfirm(Exception):
    """The answer names neither a digit nor “not a digit”."""


@dataclass(frozen=True)
class QueueItem:
    """A drawing with its answer, owner and labels, and why it is shown.

    hidden: whether the reviewer is told neither what was read nor what others said.
    """

    drawing: Drawing
    why: str
    at_random: bool
    hidden: bool


def next_for(
    reviewer: User,
    *,
    count: int,
    filters: Filters = ALL,
    own_claims: bool = False,
    blind: bool = False,
    answers_seen: bool = False,
    rng: random.Random | None = None,
) -> list[QueueItem]:
    """The next drawings for this reviewer, which it claims for a while. At most MOST_SHOWN.

    Without filters about a tenth are drawn at random: a filtered sample would not be random. With
    `own_claims`, drawings that the reviewer has claimed already may come again. Drawings chosen at
    random are hidden until they are reviewed; with `blind` the others are too. With `answers_seen`,
    for a page that shows the answers, none is chosen at random.
    """
    waiting = queue.waiting_for(reviewer, filters, own_claims=own_claims, answers_seen=answers_seen)
    chosen = _chosen(reviewer, min(count, MOST_SHOWN), waiting, own_claims)
    if not filters.are_set and not answers_seen:
        chosen = _with_random(reviewer, chosen, rng or random.Random())  # noqa: S311 - a sample
    claimed = claims.claim(reviewer, chosen)
    return _shown([number for number in chosen if number in claimed], filters, blind=blind)


def _chosen(reviewer: User, count: int, waiting: DrawingIds, own_claims: bool) -> list[int]:
    found = list(waiting[:CANDIDATES])
    before = [] if own_claims else _claimed_last(reviewer)
    known = embeddings.embeddings_of([*before, *found])
    order = varied(
        [known.get(number) for number in found],
        count=count,
        shown=[known.get(number) for number in before],
    )
    return [found[index] for index in order]


def _claimed_last(reviewer: User) -> list[int]:
    """The drawings that the reviewer claimed last and has not labelled yet."""
    mine = Claim.objects.filter(reviewer=reviewer, until__gte=timezone.now())
    return list(mine.order_by("until", "pk").values_list("drawing", flat=True))[-IN_A_ROW:]


def _with_random(reviewer: User, chosen: list[int], rng: random.Random) -> list[int]:
    """Puts a randomly chosen drawing in about every tenth place. One of the chosen that is drawn
    into another's place leaves its own to that other."""
    mixed: list[int] = []
    for number in chosen:
        drawn = spot_checks.draw(reviewer, rng, but=mixed) if rng.random() < RANDOM_SHARE else None
        mixed += [number] if drawn is None else [drawn]
    return list(dict.fromkeys([*mixed, *chosen]))[: len(chosen)]


def revealed(number: int) -> QueueItem | None:
    """A drawing that a reviewer has labelled, with what was read; None where it is deleted."""
    return next(iter(_shown([number], ALL)), None)


def _shown(numbers: list[int], filters: Filters, *, blind: bool = False) -> list[QueueItem]:
    listed = Drawing.objects.for_list().select_related("owner").prefetch_related("labels")
    drawings = listed.in_bulk(numbers)
    random_ones = _random_among(numbers)
    aside = _aside_among(numbers) if filters.state == queue.SET_ASIDE else {}
    return [
        _item(drawings[number], number in random_ones, aside.get(number), blind)
        for number in numbers
        if number in drawings
    ]


def _item(drawing: Drawing, at_random: bool, aside: DatasetSample | None, blind: bool) -> QueueItem:
    hidden = blind or (at_random and not drawing.reviewed)
    if hidden:
        why = reasons.AT_RANDOM if at_random else reasons.HIDDEN
    else:
        why = reasons.why(drawing, at_random=at_random, aside=aside)
    return QueueItem(drawing, why, at_random, hidden)


def _random_among(numbers: list[int]) -> set[int]:
    checks = SpotCheck.objects.filter(drawing__in=numbers)
    return set(checks.values_list("drawing", flat=True))


def _aside_among(numbers: list[int]) -> dict[int, DatasetSample]:
    newest = DatasetRevision.objects.used().order_by("-pk").values("pk")[:1]
    samples = DatasetSample.objects.filter(dataset=newest, drawing_id__in=numbers)
    return {sample.drawing_id: sample for sample in samples.exclude(set_aside="")}


def label(reviewer: User, number: int, digit: int | None) -> Drawing:
    """Labels a drawing and releases it. A later label by the same reviewer replaces this one.

    Raises Drawing.DoesNotExist, also for drawings that the queue never shows this reviewer, and
    ClaimTaken.
    """
    drawing = _open_to(reviewer, number)
    if not _was_just_labelled(drawing, reviewer, digit):
        labelling.label(drawing=drawing, author=reviewer, digit=digit)
    claims.unskip(reviewer, number)
    claims.release(reviewer, [number])
    return drawing


def skip(reviewer: User, number: int) -> None:
    """Skips a drawing for a day. Raises as `label` does."""
    _open_to(reviewer, number)
    claims.skip(reviewer, number)


def confirm(reviewer: User, number: int) -> Drawing:
    """Labels a drawing as its answer reads it. Raises as `label` does, and NothingToConfirm, also
    for what was drawn at random and is not reviewed: its answer is hidden."""
    drawing = _open_to(reviewer, number)
    if not drawing.reviewed and _random_among([number]):
        raise NothingToConfirm(f"The answer to drawing {number} is hidden.")
    return label(reviewer, number, claim_of(drawing))


def is_sure(drawing: Drawing) -> bool:
    """Whether nobody doubts the digit that it was read as."""
    return drawing.doubt == Drawing.Doubt.NONE and drawing.verdict == Verdict.DIGIT


def claim_of(drawing: Drawing) -> int | None:
    """What the answer claims: a digit, or None for "not a digit". Raises NothingToConfirm."""
    if drawing.answer is None or not drawing.answer.claims:
        raise NothingToConfirm(f"The answer to drawing {drawing.pk} claims nothing.")
    return drawing.digit


def _open_to(reviewer: User, number: int) -> Drawing:
    others = Drawing.objects.may_teach().exclude(owner=reviewer)
    drawing = others.select_related("answer", "label").get(pk=number)
    if claims.held_by_others(reviewer, [number]):
        raise ClaimTaken(f"Another reviewer is looking at drawing {number}.")
    return drawing


def _was_just_labelled(drawing: Drawing, reviewer: User, digit: int | None) -> bool:
    label = drawing.label
    return (
        label is not None
        and (label.author_id, label.digit) == (reviewer.pk, digit)
        and label.created_at > timezone.now() - LABELLED_TWICE
    )


@dataclass(frozen=True)
class BulkResult:
    """The result of labelling many: how many were labelled, and the ids of those that were not."""

    count: int
    taken: list[int]
    unclaimed: list[int]
    gone: list[int]


CONFIRM, SKIP = "confirm", "skip"


def many(reviewer: User, numbers: Collection[int], what: int | str | None) -> BulkResult:
    """Labels many with one digit, or None for "not a digit"; or each with CONFIRM, or SKIP.

    One that cannot be done stops no other. At most MOST_AT_ONCE; raises ValueError for more.
    """
    if len(numbers) > MOST_AT_ONCE:
        raise ValueError(f"At most {MOST_AT_ONCE} drawings at once.")
    done = BulkResult(count=0, taken=[], unclaimed=[], gone=[])
    count = sum(_one_of_many(reviewer, number, what, done) for number in dict.fromkeys(numbers))
    return BulkResult(count, done.taken, done.unclaimed, done.gone)


def _one_of_many(reviewer: User, number: int, what: int | str | None, done: BulkResult) -> bool:
    try:
        if what == SKIP:
            skip(reviewer, number)
        elif what == CONFIRM:
            confirm(reviewer, number)
        else:
            assert not isinstance(what, str)
            label(reviewer, number, what)
    except ClaimTaken:
        done.taken.append(number)
    except NothingToConfirm:
        done.unclaimed.append(number)
    except (Drawing.DoesNotExist, labelling.NotAllowed):
        done.gone.append(number)
    else:
        return True
    return False
