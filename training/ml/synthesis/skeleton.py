"""Turns a picture of a digit into strokes as a pen might have drawn them. Pure.

The ink is thinned to lines one pixel wide (T. Y. Zhang and C. Y. Suen, "A fast parallel algorithm
for thinning digital patterns", 1984), and the lines are walked from end to end.
"""

import numpy as np
from numpy.typing import NDArray

from recognizer.ink.arrays import Picture

Pixel = tuple[int, int]
Stroke = list[list[float]]

# The eight neighbours of a pixel, clockwise from the one above.
AROUND = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
INK = 96
MILLISECONDS_A_PIXEL = 18.0


def strokes_of(image: Picture, *, scale: float = 10.0) -> list[Stroke]:
    """The strokes of a digit, uint8 [28, 28], white ink on black.

    Each is a list of [x, y, t]: x and y in pixels times `scale`, y down, t in milliseconds.
    A picture without ink has no strokes.
    """
    lines = _walk(thinned(image > INK))
    return _timed([_smooth(line) * scale for line in lines])


def thinned(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ink, bool [H, W], worn down to lines one pixel wide."""
    ink = np.pad(ink, 1)
    while True:
        before = ink
        for first in (True, False):
            ink = ink & ~_removable(ink, first=first)
        if np.array_equal(ink, before):
            return ink[1:-1, 1:-1]


def _removable(ink: NDArray[np.bool_], *, first: bool) -> NDArray[np.bool_]:
    """The border pixels that one of the method's two half-steps takes away."""
    ring = [np.roll(ink, (-row, -column), axis=(0, 1)) for row, column in AROUND]
    count = np.sum(ring, axis=0)
    crossings = np.sum([~a & b for a, b in zip(ring, ring[1:] + ring[:1], strict=True)], axis=0)
    up, right, down, left = ring[0], ring[2], ring[4], ring[6]
    if first:
        open_side = ~(up & right & down) & ~(right & down & left)
    else:
        open_side = ~(up & right & left) & ~(up & down & left)
    return ink & (count >= 2) & (count <= 6) & (crossings == 1) & open_side


def _walk(lines: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Every pixel once, as few walks as go: from ends first, then round what is closed."""
    left = {(int(row), int(column)) for row, column in np.argwhere(lines)}
    walks = []
    while left:
        start = min(left, key=lambda pixel: (len(_neighbours(pixel, left)) != 1, pixel))
        walks.append(_follow(start, left))
    return [np.array(walk, float)[:, ::-1] + 0.5 for walk in walks if len(walk) > 1]


def _follow(pixel: Pixel, left: set[Pixel]) -> list[Pixel]:
    walk = [pixel]
    left.remove(pixel)
    while ways := _neighbours(walk[-1], left):
        onward = _direction(walk)
        pixel = max(ways, key=lambda way: onward @ np.subtract(way, walk[-1]))
        walk.append(pixel)
        left.remove(pixel)
    return walk


def _direction(walk: list[Pixel]) -> NDArray[np.float64]:
    """Where the last few pixels lead, so that a crossing is passed straight on."""
    return np.subtract(walk[-1], walk[max(0, len(walk) - 5)]).astype(float)


def _neighbours(pixel: Pixel, left: set[Pixel]) -> list[Pixel]:
    row, column = pixel
    return [way for down, right in AROUND if (way := (row + down, column + right)) in left]


def _smooth(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line [P, 2] with each point moved to the mean of itself and its neighbours."""
    padded = np.concatenate([line[:1], line, line[-1:]])
    middle = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return np.concatenate([line[:1], middle[1:-1], line[-1:]])


def _timed(lines: list[NDArray[np.float64]]) -> list[Stroke]:
    strokes, now = [], 0.0
    for line in lines:
        times = now + np.arange(len(line)) * MILLISECONDS_A_PIXEL
        strokes.append(np.column_stack([line.round(1), times]).tolist())
        now = float(times[-1]) + 10 * MILLISECONDS_A_PIXEL
    return strokes
