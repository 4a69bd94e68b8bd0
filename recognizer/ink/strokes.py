"""Strokes as they were drawn: read from decoded JSON, checked, and written back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_STROKES = 200
MAX_POINTS = 5000
MIN_CANVAS = 0.01
MAX_CANVAS = 100_000.0
MAX_MILLISECONDS = 86_400_000.0
# A pointer that is held down may leave the canvas; what it drew there counts, within reason.
MARGIN = 1.0

_COLUMNS = ("x", "y", "t", "pressure")
_NUMBERS = frozenset((int, float))
_LISTS = frozenset((list, tuple))


class BadStrokes(ValueError):
    """Strokes that cannot be read. The message is one sentence for the person who sent them."""


@dataclass(frozen=True, eq=False, slots=True)
class Strokes:
    """A drawing: points in writing order, and where each stroke begins.

    points: float32 [P, 4]: x, y (canvas units, y down), t (milliseconds), pressure (0 to 1);
    t and pressure are NaN where they were not given.
    starts: int64 [S]: the index of each stroke's first point; the first is 0.
    width, height: the canvas, in the same units as x and y.
    """

    points: NDArray[np.float32]
    starts: NDArray[np.int64]
    width: float
    height: float

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """Each stroke's points, float32 [n, 4]."""
        ends = [*self.starts.tolist(), len(self.points)]
        return (self.points[start:end] for start, end in pairwise(ends))

    def only(self, numbers: NDArray[np.intp]) -> Strokes:
        """A drawing of these strokes alone, in writing order, on the same canvas."""
        lines = list(self)
        chosen = [lines[number] for number in sorted(numbers.tolist())]
        starts = np.cumsum([0, *map(len, chosen[:-1])])
        return Strokes(np.concatenate(chosen), starts, self.width, self.height)


class Frame(NamedTuple):
    """Where a canvas lies in a picture: pixels a canvas unit, and the canvas's corner in pixels.

    A pixel's middle is its coordinate.
    """

    scale: float
    x: float
    y: float


def parse(value: object, *, width: object, height: object) -> Strokes:
    """Read `[[[x, y], ...], ...]`, as JSON gives it, into Strokes.

    A point is [x, y], [x, y, t] or [x, y, t, pressure]; one drawing may hold all three.
    Raises BadStrokes with a sentence that says what is wrong and where.
    """
    canvas_width, canvas_height = _side(width, "width"), _side(height, "height")
    strokes = _checked_strokes(value)
    points = list(chain.from_iterable(strokes))
    sizes = _checked_sizes(points)
    flat = _checked_numbers(points)
    table = _table(flat, sizes)
    _check_ranges(table, width=canvas_width, height=canvas_height)
    lengths = np.fromiter(map(len, strokes), np.int64, len(strokes))
    starts = np.cumsum(lengths) - lengths
    return Strokes(table.astype(np.float32), starts, canvas_width, canvas_height)


def as_json(strokes: Strokes) -> list[list[list[float]]]:
    """The strokes as lists that `parse` reads back, each point as long as what is known of it."""
    decimals = decimals_of(strokes)
    table = strokes.points.astype(np.float64)
    table[:, :2] = np.round(table[:, :2], decimals)
    table[:, 2:] = np.round(table[:, 2:], 4)
    known = 4 - np.isnan(table[:, 2:]).sum(axis=1)
    rows = [row[:size] for row, size in zip(table.tolist(), known.tolist(), strict=True)]
    ends = [*strokes.starts.tolist(), len(rows)]
    return [rows[start:end] for start, end in pairwise(ends)]


def decimals_of(strokes: Strokes) -> int:
    """How many decimals of a coordinate are worth writing: a millionth of the canvas."""
    return max(0, 6 - math.ceil(math.log10(max(strokes.width, strokes.height))))


def _side(value: object, name: str) -> float:
    if type(value) not in _NUMBERS:
        raise BadStrokes(f"The {name} of the canvas must be a number.")
    assert isinstance(value, int | float)
    if not MIN_CANVAS <= value <= MAX_CANVAS:
        raise BadStrokes(
            f"The {name} of the canvas must lie between {MIN_CANVAS:g} and {MAX_CANVAS:,.0f}."
        )
    return float(value)


def _checked_strokes(value: object) -> Sequence[Sequence[object]]:
    if not isinstance(value, list | tuple):
        raise BadStrokes("The strokes must be a list of strokes, each a list of points.")
    if not value:
        raise BadStrokes("The drawing has no strokes.")
    if len(value) > MAX_STROKES:
        raise BadStrokes(f"The drawing has {len(value)} strokes; at most {MAX_STROKES} are read.")
    for number, stroke in enumerate(value, start=1):
        if not isinstance(stroke, list | tuple):
            raise BadStrokes(f"Stroke {number} must be a list of points.")
        if not stroke:
            raise BadStrokes(f"Stroke {number} has no points.")
    total = sum(map(len, value))
    if total > MAX_POINTS:
        raise BadStrokes(f"The drawing has {total} points; at most {MAX_POINTS} are read.")
    return value


def _checked_sizes(points: list[object]) -> NDArray[np.int64]:
    """How many numbers each point has. The checks are by sets: one pass in C, no Python loop."""
    if not set(map(type, points)) <= _LISTS:
        wrong = next(n for n, point in enumerate(points, 1) if type(point) not in _LISTS)
        raise BadStrokes(f"Point {wrong} must be a list of numbers such as [x, y].")
    sizes = np.fromiter(map(len, points), np.int64, len(points))  # type: ignore[arg-type]
    outside = (sizes < 2) | (sizes > 4)
    if outside.any():
        wrong = int(outside.argmax())
        raise BadStrokes(f"Point {wrong + 1} has {sizes[wrong]} numbers; it needs 2, 3 or 4.")
    return sizes


def _checked_numbers(points: list[object]) -> NDArray[np.float64]:
    numbers: list[object] = list(chain.from_iterable(points))  # type: ignore[arg-type]
    if not set(map(type, numbers)) <= _NUMBERS:
        raise BadStrokes("Every coordinate, time and pressure must be a number.")
    try:
        flat = np.array(numbers, dtype=np.float64)
    except OverflowError as error:  # an int of hundreds of digits
        raise BadStrokes("A number in the strokes is too large.") from error
    if not np.isfinite(flat).all():
        raise BadStrokes("Every coordinate, time and pressure must be finite.")
    return flat


def _table(flat: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Float64 [P, 4], with NaN where a point is shorter than four numbers."""
    shortest, longest = int(sizes.min()), int(sizes.max())
    table = np.full((len(sizes), 4), np.nan)
    if shortest == longest:
        table[:, :longest] = flat.reshape(-1, longest)
        return table
    offsets = np.cumsum(sizes) - sizes
    for column in range(longest):
        has = sizes > column
        table[has, column] = flat[offsets[has] + column]
    return table


def _check_ranges(table: NDArray[np.float64], *, width: float, height: float) -> None:
    margin = MARGIN * max(width, height)
    low = np.array([-margin, -margin, 0.0, 0.0])
    high = np.array([width + margin, height + margin, MAX_MILLISECONDS, 1.0])
    # NaN, which here says "not given", compares false and so passes.
    wrong = (table < low) | (table > high)
    if wrong.any():
        point, column = divmod(int(wrong.argmax()), 4)
        raise BadStrokes(
            f"Point {point + 1}: {_COLUMNS[column]} must lie between "
            f"{low[column]:,.10g} and {high[column]:,.10g}."
        )
