"""Loss and accuracy of a run by step, as the charts of its page. Pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.inference.percentages import percent_short
from training.charts import svg
from training.charts.svg import Axis, Chart, Series
from training.runs.training_curve import Point

LOWEST_ACCURACY = 0.9  # the axis begins here, or lower where a value is


@dataclass(frozen=True)
class RunCurves:
    """The charts, none before the first point; `key` changes whenever the points do."""

    key: str
    charts: list[Chart]


def run_curves(points: Sequence[Point], *, unless: str | None = None) -> RunCurves | None:
    """The charts of a run's points; None where their key is `unless`, as nothing has changed."""
    key = hashlib.sha256(json.dumps(points).encode()).hexdigest()[:16]
    if key == unless:
        return None
    return RunCurves(key, [_loss(points), _accuracy(points)] if points else [])


def _loss(points: Sequence[Point]) -> Chart:
    loss = _series(points, "loss", "training", "first")
    y = Axis(0, max([1e-6, *_values(loss)]))
    return _chart("loss", "Loss", [loss], x=_steps(points), y=y)


def _accuracy(points: Sequence[Point]) -> Chart:
    training = _series(points, "accuracy", "training, changed images", "second")
    validation = _series(points, "validation", "validation", "first", dots=True)
    low = min([LOWEST_ACCURACY, *_values(training), *_values(validation)])
    y = Axis(low, 1, write=percent_short)
    return _chart("accuracy", "Accuracy", [training, validation], x=_steps(points), y=y)


def _series(
    points: Sequence[Point], what: str, name: str, variant: str, *, dots: bool = False
) -> Series:
    known = [(point["step"], point[what]) for point in points if point.get(what) is not None]
    return Series(name, variant, known, dots)


def _values(series: Series) -> list[float]:
    return [value for _, value in series.points]


def _steps(points: Sequence[Point]) -> Axis:
    return Axis(0, max(point["step"] for point in points), write=lambda value: f"{value:,g}")


def _chart(name: str, title: str, series: Sequence[Series], *, x: Axis, y: Axis) -> Chart:
    return Chart(
        name=name,
        title=title,
        words="",
        svg=svg.lines(name, title, f"{title} by step", series, x=x, y=y),
        legend=[(one.variant, one.name) for one in series],
    )
