"""Segmentation: divides a drawing into parts that may be the digits of a number.

A drawing consists of pieces: its strokes, or the connected components of an image's ink. Pieces
that overlap horizontally belong to one digit (the hat of a 5, the bar of a 7); the digits of a
number are separated by gaps. Only the network can say whether the parts are digits:
`number_reading.py` asks it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.ink import rasterize
from recognizer.ink.arrays import Mask, Picture
from recognizer.ink.strokes import Strokes

Boxes = NDArray[np.float64]
Labels = NDArray[np.int32]
PieceNumbers = NDArray[np.intp]
Place = tuple[float, float, float, float]

# The narrowest gap that separates digits, as a share of their median height.
LEAST_GAP = 0.1
# In a row of digits, each is at least this share of the tallest, and neighbours overlap vertically
# by this share of the smaller's height.
LEAST_SIZE = 0.35
LEAST_BESIDE = 0.3
MOST_PARTS = 8
MOST_PIECES = 200
# With more pieces, other divisions of the drawing are not tried: each costs runs of the network.
MOST_DIVIDED = 6
# Pieces that overlap horizontally by this share of the narrower's width belong together.
OVER = 0.6
# A minus is at most this high, in its own widths, and at least this long, in heights of what
# follows; its middle lies within this range of that height.
FLAT, LEAST_LONG, HALF_WAY = 0.65, 0.12, (0.25, 0.75)
# An underline is at most this high, as a share of its width; lies this far below the rest, in the
# rest's heights; and has a width between these shares of the rest's width and of its height.
LEVEL, BELOW, LEAST_WIDE, MOST_WIDE = 0.25, 0.06, 0.6, 4.0
# Ink fainter than this, of 255, connects nothing.
LEAST_INK = 64
# A component wider than this, in heights, is sliced; no slice is narrower than the second.
WIDE, NARROWEST = 0.9, 0.35


@dataclass(frozen=True, eq=False)
class Sheet:
    """A drawing in pieces, any of which can be drawn as the network's input.

    whole: all of it, uint8 [28, 28].
    boxes: float64 [N, 4], each piece's left, top, right and bottom, in the drawing's own units.
    draw: from the indexes of some pieces to those pieces alone, uint8 [28, 28].
    """

    whole: Picture
    boxes: Boxes
    draw: Callable[[PieceNumbers], Picture]

    def place(self, pieces: PieceNumbers) -> Place:
        """x, y, width and height of these pieces, in the drawing's own units."""
        left, top = self.boxes[pieces, :2].min(axis=0).tolist()
        right, bottom = self.boxes[pieces, 2:].max(axis=0).tolist()
        return _short(left), _short(top), _short(right - left), _short(bottom - top)


def _short(length: float) -> float:
    """Rounded to six significant digits, the precision that strokes are stored with."""
    return float(f"{length:.6g}")


def of_strokes(strokes: Strokes, *, version: int) -> Sheet:
    """Each stroke is a piece, except an underline; units are the canvas's. Raises as
    rasterize.from_strokes."""
    strokes = without(strokes, underline=underline_of(strokes))
    whole = rasterize.from_strokes(strokes, version=version)

    def draw(pieces: PieceNumbers) -> Picture:
        return rasterize.from_strokes(strokes.only(pieces), version=version)

    return Sheet(whole, _boxes(strokes), draw)


def underline_of(strokes: Strokes) -> int | None:
    """The index of the stroke that underlines the others and is not read; None if there is none."""
    if not 2 <= len(strokes.starts) <= MOST_PIECES:
        return None
    boxes = _boxes(strokes)
    lowest = int(boxes[:, 1].argmax())
    rest = np.delete(boxes, lowest, axis=0)
    return lowest if _underlines(boxes[lowest], rest) else None


def without(strokes: Strokes, *, underline: int | None) -> Strokes:
    """The strokes except the one with this index, if any."""
    if underline is None:
        return strokes
    return strokes.only(np.delete(np.arange(len(strokes.starts)), underline))


def _boxes(strokes: Strokes) -> Boxes:
    xy = strokes.points[:, :2].astype(np.float64)
    low = np.minimum.reduceat(xy, strokes.starts)
    return np.hstack([low, np.maximum.reduceat(xy, strokes.starts)])


def _underlines(line: Boxes, rest: Boxes) -> bool:
    """Whether a stroke's box, float64 [4], is a level line below the others, [N, 4]."""
    left, top = rest[:, :2].min(axis=0)
    right, bottom = rest[:, 2:].max(axis=0)
    tall, wide, long = bottom - top, right - left, line[2] - line[0]
    shared = min(right, line[2]) - max(left, line[0])
    return bool(
        line[3] - line[1] <= LEVEL * long
        and line[1] >= bottom + BELOW * tall
        and LEAST_WIDE * max(wide, LEAST_BESIDE * tall) <= long <= MOST_WIDE * tall
        and shared >= LEAST_WIDE * min(long, wide)
    )


def of_image(image: Picture, *, version: int) -> Sheet:
    """Each connected component of the ink is a piece, and a wide one is several; units are the
    image's pixels. Raises as rasterize.from_image."""
    found = rasterize.of_image(image, version=version)
    whole = rasterize.from_ink(found, version=version)
    labels, boxes = _components(found > LEAST_INK)
    scale = image.shape[1] / found.shape[1], image.shape[0] / found.shape[0]
    return Sheet(whole, boxes * [*scale, *scale], partial(_drawn, found, labels, version))


def _components(mask: Mask) -> tuple[Labels, Boxes]:
    """The pieces of ink as a label image, int32 [h, w], from 1 on, and each one's box."""
    _, found, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8))
    labels = np.asarray(found, np.int32)
    boxes = stats[1:, :4].astype(np.float64)
    boxes[:, 2:] += boxes[:, :2]
    if len(boxes) > MOST_DIVIDED:
        return labels, boxes
    sliced = np.zeros_like(labels)
    slices: list[list[float]] = []
    tallest = (boxes[:, 3] - boxes[:, 1]).max(initial=0)
    for number, (left, top, right, bottom) in enumerate(boxes.astype(int).tolist(), start=1):
        mine = labels[top:bottom, left:right] == number
        # What is too small for a digit beside the others cannot be a row of digits: a dash.
        small = bottom - top < LEAST_SIZE * tallest
        cuts = [] if small else _cuts(mine.sum(axis=0), bottom - top)
        for start, end in pairwise([0, *cuts, right - left]):
            slices.append([left + start, top, left + end, bottom])
            sliced[top:bottom, left + start : left + end][mine[:, start:end]] = len(slices)
    return sliced, np.array(slices, np.float64).reshape(-1, 4)


def _cuts(columns: NDArray[np.int_], height: int) -> list[int]:
    """Where ink that is wider than high may be two digits: at the columns with the least ink, int
    [w]. At most MOST_DIVIDED - 1 cuts, none nearer than NARROWEST to another or to an end."""
    width, least = len(columns), max(1, round(NARROWEST * height))
    if width <= WIDE * height:
        return []
    cuts: list[int] = []
    for column in np.argsort(columns, kind="stable").tolist():
        far = all(abs(column - other) >= least for other in [0, *cuts, width])
        if far and len(cuts) < MOST_DIVIDED - 1:
            cuts.append(column)
    return sorted(cuts)


def _drawn(found: Picture, labels: Labels, version: int, pieces: PieceNumbers) -> Picture:
    """Some components of the ink, each with its soft edges."""
    chosen = np.isin(labels, pieces + 1)
    near = cv2.dilate(chosen.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    mine = near & (chosen | (labels == 0))
    return rasterize.from_ink(np.where(mine, found, 0).astype(np.uint8), version=version)


@dataclass(frozen=True, eq=False)
class CandidateRow:
    """Parts that may be the digits of a number, from left to right.

    parts: the numbers of each one's pieces.
    gap: the narrowest between two, as a share of their median height.
    """

    parts: list[PieceNumbers]
    gap: float


def row(sheet: Sheet) -> CandidateRow | None:
    """The parts into which gaps divide the drawing, if they look like a row of digits."""
    if not 2 <= len(sheet.boxes) <= MOST_PIECES:
        return None
    order = np.argsort(sheet.boxes[:, 0], kind="stable")
    lefts, rights = sheet.boxes[order, 0], np.maximum.accumulate(sheet.boxes[order, 2])
    gaps = lefts[1:] - rights[:-1]
    if gaps.max() <= 0:
        return None
    height = _height(sheet, np.split(order, np.flatnonzero(gaps > 0) + 1))
    divides = gaps > LEAST_GAP * height
    if not 1 <= divides.sum() < MOST_PARTS:
        return None
    parts = np.split(order, np.flatnonzero(divides) + 1)
    if not _in_line(np.array([sheet.place(part) for part in parts])):
        return None
    return CandidateRow(parts, float(gaps[divides].min() / height))


def _height(sheet: Sheet, parts: list[PieceNumbers]) -> float:
    """The median height of the parts, without those too small for a digit."""
    heights = np.array([sheet.place(part)[3] for part in parts])
    return float(np.median(heights[heights >= LEAST_SIZE * heights.max()]))


def _in_line(places: NDArray[np.float64]) -> bool:
    """Whether boxes, float64 [N, 4], have similar heights and lie beside each other."""
    top, height = places[:, 1], places[:, 3]
    if height.min() <= 0 or height.min() < LEAST_SIZE * height.max():
        return False
    bottom = top + height
    beside = np.minimum(bottom[1:], bottom[:-1]) - np.maximum(top[1:], top[:-1])
    return bool((beside >= LEAST_BESIDE * np.minimum(height[1:], height[:-1])).all())


def has_minus(sheet: Sheet) -> bool:
    """Whether the drawing begins with a dash half way up what follows."""
    if not 2 <= len(sheet.boxes) <= MOST_PIECES:
        return False
    order = np.argsort(sheet.boxes[:, 0], kind="stable")
    left, top, right, bottom = sheet.boxes[order[0]].tolist()
    rest = sheet.boxes[order[1:]]
    above, below = float(rest[:, 1].min()), float(rest[:, 3].max())
    tall, long = below - above, right - left
    low, high = (above + share * tall for share in HALF_WAY)
    return bool(
        right < rest[:, 0].min()
        and bottom - top <= FLAT * long
        and bottom - top < LEAST_SIZE * tall
        and long >= LEAST_LONG * tall
        and low < (top + bottom) / 2 < high
    )


class Segment(NamedTuple):
    """A candidate digit without gaps around it: the bundles from `first` up to, but excluding,
    `end`."""

    first: int
    end: int
    pieces: PieceNumbers


def segments(sheet: Sheet) -> list[Segment]:
    """The runs of bundles from left to right, except the whole; ordered by their end. A bundle is a
    set of pieces that lie over or under each other. Empty if there is only one bundle, or more than
    MOST_DIVIDED."""
    bundles = _bundles(sheet.boxes)
    count = len(bundles)
    if not 2 <= count <= MOST_DIVIDED:
        return []
    return [
        Segment(first, end, np.concatenate(bundles[first:end]))
        for end in range(1, count + 1)
        for first in range(end)
        if end - first < count
    ]


def _bundles(boxes: Boxes) -> list[PieceNumbers]:
    """Pieces that overlap by most of the narrower's width, grouped, from left to right."""
    if len(boxes) > MOST_PIECES:
        return []
    bundles: list[list[int]] = []  # the widest of each in front
    for piece in np.argsort(boxes[:, 0] - boxes[:, 2], kind="stable").tolist():
        mine = (bundle for bundle in bundles if _over(boxes[bundle[0]], boxes[piece]))
        if bundle := next(mine, None):
            bundle.append(piece)
        else:
            bundles.append([piece])
    bundles.sort(key=lambda bundle: boxes[bundle[0], 0] + boxes[bundle[0], 2])
    return [np.array(bundle) for bundle in bundles]


def _over(wide: Boxes, narrow: Boxes) -> bool:
    shared = min(wide[2], narrow[2]) - max(wide[0], narrow[0])
    return bool(shared >= OVER * (narrow[2] - narrow[0]))
