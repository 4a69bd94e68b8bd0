"""Drift: how the last week's drawings differ from the training data, by population stability index.

The index (PSI) is that of credit scoring: N. Siddiqi, Credit Risk Scorecards, 2006.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone

from recognizer.models import Drawing
from training.ml.evaluation.statistics import stability, stability_by_chance
from training.models import DatasetRevision, DatasetSample, Subset
from training.monitoring import recent_rows

DAYS = 7
# Of more drawings than this an even sample is read; a smaller one where ink must be parsed.
MOST_READ, MOST_SHAPES = 3_000, 500
# Narrow at the top, where most answers are.
CONFIDENCE_EDGES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
SHAPE_EDGES = (0.2, 0.35, 0.5, 0.65, 0.8, 1.0, 1.3)
DIGITS = [*map(str, range(10)), "none"]
STROKES = ["an image", "1", "2", "3", "4 or more"]
# The usual thresholds of the index: below the first no drift, from the second on much.
SOME, MUCH = 0.1, 0.25


@dataclass(frozen=True)
class FeatureDrift:
    """One property of the drawings: its histogram in the training data and in the last week.

    `bins` are names; `before` and `now` are counts. `index` is the population stability index, 0 or
    more; `chance` is the 95th percentile of the index where nothing drifted.
    """

    name: str
    bins: list[str]
    before: list[int]
    now: list[int]

    @property
    def index(self) -> float:
        return stability(self.before, self.now)

    @property
    def chance(self) -> float:
        # A bin that is empty on both sides adds no degree of freedom.
        used = sum(1 for b, n in zip(self.before, self.now, strict=True) if b or n)
        return stability_by_chance(used, sum(self.before), sum(self.now))

    @property
    def verdict(self) -> str:
        """none, some or much; `unclear` where chance alone may explain the index."""
        if self.index < SOME:
            return "none"
        if self.index < self.chance:
            return "unclear"
        return "some" if self.index < MUCH else "much"


@dataclass(frozen=True)
class DriftReport:
    """The drift of every property, and how many drawings were compared."""

    dataset: int
    before: int
    now: int
    drifts: list[FeatureDrift]


Answers = Sequence[tuple[int | None, float]]


def drift() -> DriftReport | None:
    """The last week's drawings against the newest run's training data; None without either."""
    dataset = DatasetRevision.objects.trained_on().first()
    if dataset is None:
        return None
    before = _training_drawings(dataset, MOST_READ)
    week = timezone.now() - dt.timedelta(days=DAYS)
    now = recent_rows.drawings(week, MOST_READ)
    answers = [_answers(before), _answers(now)]
    if not all(answers):
        return None
    shapes = [
        _shapes(_training_drawings(dataset, MOST_SHAPES)),
        _shapes(recent_rows.drawings(week, MOST_SHAPES)),
    ]
    return DriftReport(
        dataset.pk,
        len(answers[0]),
        len(answers[1]),
        [
            FeatureDrift("The digit read", DIGITS, *map(_by_digit, answers)),
            FeatureDrift("Confidence", _names(CONFIDENCE_EDGES), *map(_by_confidence, answers)),
            FeatureDrift(
                "Width to height of the ink", _names(SHAPE_EDGES), *map(_by_ratio, shapes)
            ),
            FeatureDrift("Number of strokes", STROKES, *map(_by_strokes, shapes)),
        ],
    )


def _training_drawings(dataset: DatasetRevision, most: int) -> Any:
    """The drawings that the dataset's run learned from, or an even sample of about `most`.

    A dataset's rows are written together, so that their ids are nearly consecutive.
    """
    rows = DatasetSample.objects.filter(dataset=dataset).order_by("pk")
    first = rows.values_list("pk", flat=True).first()
    chosen = recent_rows.sample(rows, since=first or 0, most=most)
    trained = chosen.filter(subset=Subset.TRAIN, set_aside="").order_by()
    return Drawing.objects.filter(
        pk__in=list(trained.values_list("drawing_id", flat=True))
    ).order_by()


def _answers(drawings: Any) -> Answers:
    return list(drawings.exclude(answer=None).values_list("digit", "answer__confidence"))


def _by_digit(answers: Answers) -> list[int]:
    places = [10 if digit is None else digit for digit, _ in answers]
    return np.bincount(places, minlength=11).tolist()


def _by_confidence(answers: Answers) -> list[int]:
    return _binned([confidence for _, confidence in answers], CONFIDENCE_EDGES)


def _binned(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    places = np.searchsorted(edges, values, side="right")
    return np.bincount(places, minlength=len(edges) + 1).tolist()


def _names(edges: Sequence[float]) -> list[str]:
    """Names of the bins between these edges: "<0.5", "0.5+" (up to the next edge), ..."""
    return [f"<{edges[0]:g}", *(f"{edge:g}+" for edge in edges)]


Shape = tuple[int, float | None]


def _shapes(drawings: Any) -> list[Shape]:
    """The number of strokes, 0 for an image, and the ratio of width to height of each drawing."""
    return [_shape(strokes) for strokes in drawings.values_list("strokes", flat=True)]


def _shape(strokes: list[Any] | None) -> Shape:
    if not strokes:
        return 0, None
    points = np.array([point[:2] for stroke in strokes for point in stroke], float)
    width, height = np.ptp(points, axis=0)
    return len(strokes), float(width / max(height, 1e-6))


def _by_ratio(shapes: Iterable[Shape]) -> list[int]:
    return _binned([ratio for _, ratio in shapes if ratio is not None], SHAPE_EDGES)


def _by_strokes(shapes: Iterable[Shape]) -> list[int]:
    return np.bincount([min(count, 4) for count, _ in shapes], minlength=5).tolist()
