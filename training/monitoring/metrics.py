"""The dashboard's figures. Each takes a few queries, which read a bounded number of rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import numpy as np
from django.db.models import CharField, Count, F, Q
from django.db.models.functions import Cast, Substr
from django.utils import timezone

from recognizer.models import Drawing, Label
from training.ml.evaluation.statistics import wilson
from training.models import TrainingRun
from training.monitoring import recent_rows
from training.review import spot_checks
from training.review.spot_checks import Estimate

# Of more drawings than this an even sample is read.
MOST_READ = 5_000
RUNS_SHOWN = 50
VERSIONS_SHOWN = 8
Day = dt.date


# Labels a day -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayOfLabels:
    day: Day
    owners: int
    reviewers: int


def labels_by_day(days: int) -> list[DayOfLabels]:
    """How many labels were given here in each role, for each of the reader's last `days` days,
    today last. Imported ones were given elsewhere."""
    start = _start(days)
    first = recent_rows.first_since(Label.objects.all(), start)
    counted = (
        Label.objects.filter(
            pk__gte=first,
            created_at__gte=start,
            drawing__deleted_at=None,
            withdrawn=False,
            imported=False,
        )
        .order_by()
        # Cut from the timestamp's text: extracting days from a million timestamps is slow in
        # databases.
        .values("role", part=Substr(Cast("created_at", CharField()), 1, _letters(start)))
        .annotate(count=Count("pk"))
    )
    found: Counter[tuple[Day, str]] = Counter()
    for row in counted:
        found[_day_of(row["part"]), row["role"]] += row["count"]
    return [
        DayOfLabels(day, found[day, Label.Role.OWNER], found[day, Label.Role.REVIEWER])
        for day in _days(days)
    ]


def _letters(moment: dt.datetime) -> int:
    """How many characters of "2026-06-01 11:30" in UTC determine the reader's day: up to the hour,
    unless the time zone has an offset of half or quarter hours."""
    offset = (moment.utcoffset() or dt.timedelta()).total_seconds()
    return len("2026-06-01 11") if offset % 3600 == 0 else len("2026-06-01 11:30")


def _day_of(part: str) -> Day:
    moment = dt.datetime.fromisoformat(part).replace(tzinfo=dt.UTC)
    return timezone.localtime(moment).date()


def _days(days: int) -> list[Day]:
    today = timezone.localdate()
    return [today - dt.timedelta(days=ago) for ago in range(days - 1, -1, -1)]


def _start(days: int) -> dt.datetime:
    midnight = dt.datetime.combine(_days(days)[0], dt.time.min)
    return timezone.make_aware(midnight)


# Wrong in use -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ErrorsInUse:
    """A version's answers to drawings that people labelled: `count`, of which `wrong` were wrong;
    `unsure` of these named no digit where there was one. `drawn` estimates the accuracy from spot
    checks, which are sampled at random: None where it was not looked up."""

    version: int
    count: int
    wrong: int
    unsure: int
    drawn: Estimate | None = None

    @property
    def share(self) -> float:
        return self.wrong / self.count

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.wrong, self.count)


def errors_in_use() -> list[ErrorsInUse]:
    """By version, newest first, from current labels among the newest MOST_READ that were given
    here: what is imported nobody drew here, and one file may hold thousands."""
    given = Label.objects.filter(imported=False).order_by("-pk")
    oldest = given.values_list("pk", flat=True)[MOST_READ - 1 : MOST_READ].first() or 0
    counted = (
        Label.objects.filter(pk__gte=oldest, imported=False, drawing__label=F("pk"))
        .filter(drawing__deleted_at=None)
        .exclude(drawing__answer=None)
        .order_by()
        .values(version=F("drawing__answer__model_version"))
        .annotate(
            count=Count("pk"),
            wrong=Count("pk", filter=Q(drawing__outcome=Drawing.Outcome.WRONG)),
            unsure=Count("pk", filter=Q(drawing__digit=None, drawing__truth__isnull=False)),
        )
    )
    found = sorted((ErrorsInUse(**row) for row in counted), key=lambda one: -one.version)
    return [_with_drawn(one) for one in found[:VERSIONS_SHOWN]] + found[VERSIONS_SHOWN:]


def _with_drawn(one: ErrorsInUse) -> ErrorsInUse:
    return replace(one, drawn=spot_checks.estimate(one.version))


# Confidence over time ---------------------------------------------------------------------------


@dataclass(frozen=True)
class DayOfAnswers:
    day: Day
    count: int
    median: float
    low: float  # the 10th percentile


def confidence_by_day(days: int) -> list[DayOfAnswers]:
    """The confidence of each drawing's newest answer, by the drawing's day for the reader;
    empty days are left out."""
    by_day: dict[Day, list[float]] = defaultdict(list)
    chosen = recent_rows.drawings(_start(days), MOST_READ).exclude(answer=None)
    for made, confidence in chosen.values_list("created_at", "answer__confidence"):
        by_day[timezone.localdate(made)].append(confidence)
    return [_day_of_answers(day, by_day[day]) for day in sorted(by_day)]


def _day_of_answers(day: Day, values: list[float]) -> DayOfAnswers:
    low, median = np.quantile(values, [0.1, 0.5])
    return DayOfAnswers(day, len(values), float(median), float(low))


# Does more labelling pay? -----------------------------------------------------------------------


@dataclass(frozen=True)
class LearningPoint:
    """How many of `count` drawings a network misreads that learned from so many labels."""

    labels: int
    errors: int
    count: int
    run: int


def learning_curve() -> list[LearningPoint]:
    """The learning curve of the last run that measured one: errors by number of labels used."""
    measured = TrainingRun.objects.filter(evidence__has_key="learning_curve")
    last = measured.values_list("pk", "evidence__learning_curve").first()
    if last is None:
        return []
    pk, points = last
    return [LearningPoint(one["labels"], one["errors"], one["count"], pk) for one in points]


def across_runs() -> list[LearningPoint]:
    """Of the last decided runs, oldest first: labels learned from, and errors that remained."""
    rows = TrainingRun.objects.decided().values_list(
        "pk",
        "dataset__counts__train",
        "evidence__drawings__challenger__errors",
        "evidence__drawings__challenger__count",
    )
    found = [
        LearningPoint(labels, errors, count, pk)
        for pk, labels, errors, count in rows[:RUNS_SHOWN]
        if labels is not None and count
    ]
    return found[::-1]
