"""The dashboard's charts, each with its figures as a table and a sentence of explanation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from recognizer.inference.percentages import percent, percent_short, points
from training.charts import svg
from training.charts.svg import Axis, Chart, Interval, Series
from training.ml.evaluation.statistics import wilson
from training.monitoring.drift import DAYS, DriftReport
from training.monitoring.metrics import (
    MOST_READ,
    VERSIONS_SHOWN,
    DayOfAnswers,
    DayOfLabels,
    ErrorsInUse,
    LearningPoint,
)
from training.wording import drift_in_words


def labels(days: Sequence[DayOfLabels]) -> Chart:
    owners = sum(day.owners for day in days)
    reviewers = sum(day.reviewers for day in days)
    counts = f"{owners:,} by owners and {reviewers:,} by reviewers in {len(days)} days."
    words = f"{counts} Imported ones are not counted."
    series = [
        Series("owners", "first", [(i, day.owners) for i, day in enumerate(days)]),
        Series("reviewers", "second", [(i, day.reviewers) for i, day in enumerate(days)]),
    ]
    names = [_day(day.day) for day in days]
    return Chart(
        name="labels",
        title="Labels per day",
        words=words,
        svg=svg.stacked("labels", "Labels per day", words, names, series),
        head=["Day", "Owners", "Reviewers"],
        rows=[[f"{day.day}", f"{day.owners}", f"{day.reviewers}"] for day in days[::-1]],
        legend=[("first", "owners"), ("second", "reviewers")],
        trouble="" if owners + reviewers else "Nobody has said what a drawing is in this period.",
    )


def wrong(versions: Sequence[ErrorsInUse], champion: int | None) -> Chart:
    words = (
        "For each version two shares with their 95% intervals (Wilson’s). “Drawn” is the honest "
        "one: of the version’s answers to drawings that were picked at random for review, how many "
        "were wrong according to a reviewer. The other is the correction rate: of its answers that "
        "people labelled, how many they called wrong. People correct more often than they "
        "confirm, so it usually looks worse than the truth. Of the newest "
        f"{MOST_READ:,} labels, excluding imported ones."
    )
    rows = [row for one in versions[:VERSIONS_SHOWN] for row in _in_use(one, champion)]
    return Chart(
        name="wrong",
        title="Wrong in use, by model version",
        words=words,
        svg=svg.intervals("wrong", "Wrong in use, by model version", words, rows),
        head=[
            "Version",
            "Labelled",
            "Wrong",
            "Named no digit",
            "Correction rate",
            "95%",
            "Drawn at random",
            "Wrong of these",
            "Share of these",
            "95% of these",
        ],
        rows=[_in_use_row(one) for one in versions],
        trouble="" if versions else "Nobody has said yet whether an answer was right.",
    )


def _in_use(one: ErrorsInUse, champion: int | None) -> list[Interval]:
    """The correction rate, and below it the unbiased error rate where spot checks were reviewed."""
    strong, (low, high) = one.version == champion, one.interval
    corrected = Interval(f"v{one.version}", low, one.share, high, strong=strong)
    if one.drawn is None or not one.drawn.count:
        return [corrected]
    count, wrong = one.drawn.count, one.drawn.count - one.drawn.hits
    low, high = wilson(wrong, count)
    return [corrected, Interval("drawn", low, wrong / count, high, strong=strong)]


def _in_use_row(one: ErrorsInUse) -> list[str]:
    counts = [f"{one.count}", f"{one.wrong}", f"{one.unsure}"]
    return [f"{one.version}", *counts, *_share(one.wrong, one.count), *_drawn_row(one)]


def _drawn_row(one: ErrorsInUse) -> list[str]:
    if one.drawn is None or not one.drawn.count:
        return ["none", "", "", ""]
    count, wrong = one.drawn.count, one.drawn.count - one.drawn.hits
    return [f"{count}", f"{wrong}", *_share(wrong, count)]


def _share(part: int, whole: int) -> list[str]:
    """A share, and its 95% interval."""
    low, high = wilson(part, whole)
    return [percent(part / whole), f"{points(low, 1)} to {percent(high)}"]


def confidence(days: Sequence[DayOfAnswers], span: int) -> Chart:
    words = "The newest answers to each day’s drawings: half are more confident than the upper "
    words += "line, nine of ten more confident than the lower. Of at most "
    words += f"{MOST_READ:,} drawings, evenly chosen."
    first = days[-1].day.toordinal() - span + 1 if days else 0
    x = Axis(0, span - 1, write=lambda value: _day_number(first + round(value)), ticks=6)
    places, dots = [day.day.toordinal() - first for day in days], span <= 31
    medians, lows = [day.median for day in days], [day.low for day in days]
    series = [
        Series("median", "first", list(zip(places, medians, strict=True)), dots),
        Series("10th percentile", "second", list(zip(places, lows, strict=True)), dots),
    ]
    low = min(lows, default=0)
    y = Axis(max(0.0, int(low * 10) / 10 - 0.1 * (low * 10 % 1 < 0.1)), 1, write=percent_short)
    title = "Confidence over time"
    return Chart(
        name="confidence",
        title=title,
        words=words,
        svg=svg.lines("confidence", title, words, series, x=x, y=y),
        head=["Day", "Drawings", "Median", "10th percentile"],
        rows=[_confidence_row(day) for day in days[::-1]],
        legend=[("first", "median"), ("second", "10th percentile")],
        trouble="" if days else "Nothing was drawn in this period.",
    )


def _confidence_row(day: DayOfAnswers) -> list[str]:
    return [f"{day.day}", f"{day.count}", percent(day.median), percent(day.low)]


def _day_number(ordinal: int) -> str:
    return _day(dt.date.fromordinal(max(1, ordinal)))


def _day(day: dt.date) -> str:
    return f"{day:%-d %b}"


def drifts(found: DriftReport | None) -> list[Chart]:
    """One chart for each property compared: its distribution in the training data and last week."""
    if found is None:
        return []
    return [_drift(i, found) for i in range(len(found.drifts))]


def _drift(place: int, found: DriftReport) -> Chart:
    one, name = found.drifts[place], f"drift-{place}"
    before, now = ([count / max(1, sum(side)) for count in side] for side in (one.before, one.now))
    words = f"Index {one.index:.2f}: {drift_in_words(one.verdict)}. "
    words += f"Chance alone stays below {one.chance:.2f}."
    series = [Series("training", "second", list(enumerate(before))),
              Series("last week", "first", list(enumerate(now)))]  # fmt: skip
    return Chart(
        name=name,
        title=one.name,
        words=words,
        svg=svg.beside(name, one.name, words, one.bins, series),
        head=["", "Training drawings", f"Last {DAYS} days"],
        rows=[
            [bin_, percent(b), percent(n)] for bin_, b, n in zip(one.bins, before, now, strict=True)
        ],
        legend=[("second", "training drawings"), ("first", "last week")],
    )


def learning(points: Sequence[LearningPoint]) -> Chart:
    run = points[0].run if points else 0
    words = f"Run {run} learned from ever more of its labels, and read drawings it had not seen."
    return _learning("learning", "Errors against labels", words, points,
                     trouble="No run has measured it yet.")  # fmt: skip


def across(points: Sequence[LearningPoint]) -> Chart:
    words = "Each run’s challenger on the drawings that it had not learned from."
    return _learning("across", "Errors from run to run", words, points,
                     trouble="No run has reached the gate yet.")  # fmt: skip


def _learning(
    name: str, title: str, words: str, points: Sequence[LearningPoint], *, trouble: str
) -> Chart:
    series = [Series("wrong", "first", [(p.labels, p.errors / p.count) for p in points])]
    most = max([p.labels for p in points], default=1)
    worst = max([p.errors / p.count for p in points], default=1) or 0.01
    x = Axis(0, most * 1.02, write=lambda value: f"{value:,.0f}")
    y = Axis(0, worst * 1.15, write=percent_short)
    return Chart(
        name=name,
        title=title,
        words=words,
        svg=svg.lines(name, title, words, series, x=x, y=y),
        head=["Run", "Labels", "Wrong", "Of", "Share", "95%"],
        rows=[_learned_row(point) for point in points],
        trouble="" if points else trouble,
    )


def _learned_row(point: LearningPoint) -> list[str]:
    counts = [f"{point.run}", f"{point.labels}", f"{point.errors}", f"{point.count}"]
    return [*counts, *_share(point.errors, point.count)]
