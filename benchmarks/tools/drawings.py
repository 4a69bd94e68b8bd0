"""Synthetic drawings for benchmarks: digits of 60 points, each a little different."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

POINTS = 60
CANVAS = 280
# A pen reports a point about every 10 ms, mice and fingers less often.
MILLISECONDS_A_POINT = 16
# The corners of each digit's stroke, in a box of 1 x 1, y down.
SHAPES: list[list[tuple[float, float]]] = [
    [(0.5, 0), (0.15, 0.2), (0.1, 0.7), (0.4, 1), (0.8, 0.8), (0.85, 0.25), (0.5, 0)],
    [(0.3, 0.2), (0.55, 0), (0.52, 0.5), (0.5, 1)],
    [(0.15, 0.25), (0.45, 0), (0.8, 0.2), (0.65, 0.55), (0.1, 1), (0.9, 0.97)],
    [(0.15, 0.1), (0.6, 0), (0.8, 0.25), (0.4, 0.47), (0.85, 0.7), (0.6, 1), (0.1, 0.9)],
    [(0.35, 0), (0.1, 0.6), (0.9, 0.6), (0.7, 0.3), (0.68, 1)],
    [(0.85, 0), (0.25, 0), (0.2, 0.42), (0.65, 0.4), (0.85, 0.72), (0.55, 1), (0.1, 0.92)],
    [(0.7, 0), (0.25, 0.4), (0.15, 0.8), (0.5, 1), (0.8, 0.75), (0.5, 0.55), (0.18, 0.75)],
    [(0.1, 0.05), (0.9, 0), (0.6, 0.45), (0.4, 1)],
    [(0.75, 0.1), (0.3, 0.05), (0.3, 0.35), (0.75, 0.65), (0.5, 1), (0.2, 0.75), (0.75, 0.1)],
    [(0.8, 0.25), (0.4, 0), (0.2, 0.3), (0.5, 0.5), (0.8, 0.2), (0.75, 0.6), (0.6, 1)],
]


def drawings(count: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Drawings as the API takes them, the digits 0 to 9 in turn, determined by the seed."""
    rng = np.random.default_rng(seed)
    return [
        {"strokes": [_stroke(number % 10, rng)], "width": CANVAS, "height": CANVAS}
        for number in range(count)
    ]


def write(path: Path, count: int, *, wrap: Callable[[Any], Any] = lambda drawing: drawing) -> None:
    """Write one drawing a line as JSON, each wrapped by `wrap`."""
    path.write_text("".join(f"{json.dumps(wrap(drawing))}\n" for drawing in drawings(count)))


def _stroke(digit: int, rng: np.random.Generator) -> list[list[float]]:
    """60 points [x, y, t] along the digit's stroke, jittered, scaled and slanted."""
    corners = np.array(SHAPES[digit]) + rng.normal(0, 0.02, (len(SHAPES[digit]), 2))
    slant = np.array([[1, 0], [rng.normal(0, 0.15), 1]])
    size = rng.uniform(90, 180)
    xy = _along(corners @ slant, POINTS) * size * [0.75, 1] + rng.uniform(20, 60, 2)
    return [
        [round(x, 1), round(y, 1), number * MILLISECONDS_A_POINT]
        for number, (x, y) in enumerate(xy.tolist())
    ]


def _along(corners: NDArray[np.float64], points: int) -> NDArray[np.float64]:
    """float64 [points, 2], evenly spaced along the line through the corners [N, 2]."""
    distance = np.concatenate([[0], np.hypot(*np.diff(corners, axis=0).T).cumsum()])
    at = np.linspace(0, distance[-1], points)
    return np.stack([np.interp(at, distance, corners[:, axis]) for axis in (0, 1)], axis=1)
