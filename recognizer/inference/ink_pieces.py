"""Cuts ink into pieces that occlusion can hide: strokes into lengths, images into squares."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.inference import segmentation
from recognizer.ink import rasterize
from recognizer.ink.arrays import Picture
from recognizer.ink.strokes import Frame, Strokes, decimals_of

SIDE = 28
# Strokes are cut into about so many pieces, none shorter than so many pixels.
PIECES, SHORTEST = 32, 1.0
# Of more strokes than this only the longest are explained: each costs one or more runs.
MOST_STROKES = 40
# How far around a piece ink is hidden with it, in pixels: a little more than half the pen's width.
# Less would leave the piece's edge; more would hide neighbouring strokes.
REACH = 2.0
# The squares of a picture, in pixels, and how far around each one ink is hidden with it.
SQUARE, RIM = 3, 1
# A square with less of the ink than this is no piece: a picture has a hundred squares.
LEAST_SHARE = 0.005
# Masks are drawn this many times larger, with this many fractional bits.
_FINE, _SHIFT = 4, 4

Group = tuple[int, ...]


class Pieces(ABC):
    """Ink in K pieces.

    picture: uint8 [28, 28], the whole as a network sees it.
    places: each piece as JSON: its stroke and points, or its square.
    centres: float64 [K, 2], x and y in pixels of the picture.
    shares: float64 [K], of all the ink, 0 to 1.
    """

    picture: Picture
    places: list[dict[str, Any]]
    centres: NDArray[np.float64]
    shares: NDArray[np.float64]

    @abstractmethod
    def hidden(self) -> Picture:
        """uint8 [K, 28, 28]: the picture with each piece, and a little around it, painted over."""

    @abstractmethod
    def parts(self, most: float) -> Iterator[Group]:
        """Groups of connected pieces with at most this share of the ink, by the pieces' indexes."""

    @abstractmethod
    def without(self, part: Group) -> Picture:
        """The ink without these pieces, as the network would see it, uint8 [28, 28]."""


class _Cut(NamedTuple):
    """One piece of a stroke: float32 [n, 4], points as in Strokes."""

    stroke: int
    points: NDArray[np.float32]
    length: float


class StrokePieces(Pieces):
    """Strokes cut into pieces of about equal length, never across strokes."""

    def __init__(self, strokes: Strokes, *, version: int) -> None:
        """Raises NoInk for blank ink, UnknownInkVersion for a version that does not exist."""
        underline = segmentation.underline_of(strokes)
        strokes = segmentation.without(strokes, underline=underline)
        self.picture = rasterize.from_strokes(strokes, version=version)
        self._strokes, self._version = strokes, version
        self._frame = rasterize.frame_of(strokes, version=version)
        self._cuts = _cut(strokes, self._frame)
        decimals = decimals_of(strokes)
        self.places = [
            {
                "stroke": cut.stroke + (underline is not None and cut.stroke >= underline),
                "points": cut.points[:, :2].astype(np.float64).round(decimals).tolist(),
            }
            for cut in self._cuts
        ]
        self.centres = np.array([_framed(cut, self._frame).mean(axis=0) for cut in self._cuts])
        lengths = np.array([cut.length for cut in self._cuts])
        self.shares = lengths / lengths.sum()

    def hidden(self) -> Picture:
        masks = np.stack([_around(_framed(cut, self._frame)) for cut in self._cuts])
        return (self.picture * (1 - masks)).round().astype(np.uint8)

    def parts(self, most: float) -> Iterator[Group]:
        owners = [cut.stroke for cut in self._cuts]
        for first in range(len(owners)):
            share = 0.0
            for last in range(first, len(owners)):
                share += self.shares[last]
                if owners[last] != owners[first] or share > most:
                    break
                yield tuple(range(first, last + 1))

    def without(self, part: Group) -> Picture:
        """Fitted into the box again, as the site itself would do if only the rest had been
        drawn."""
        return rasterize.from_strokes(self.rest(part), version=self._version)

    def rest(self, part: Group) -> Strokes:
        """The strokes without these pieces; a stroke that loses its middle becomes two."""
        runs: list[NDArray[np.float32]] = []
        for stroke, points in enumerate(self._strokes):
            mine = [number for number, cut in enumerate(self._cuts) if cut.stroke == stroke]
            runs += self._runs(mine, part) if mine else [points]
        starts = np.cumsum([0, *map(len, runs[:-1])])
        return Strokes(np.concatenate(runs), starts, self._strokes.width, self._strokes.height)

    def _runs(self, mine: list[int], part: Group) -> list[NDArray[np.float32]]:
        kept = [number for number in mine if number not in part]
        gaps = [at for at, (one, next_) in enumerate(pairwise(kept), 1) if next_ != one + 1]
        bounds = pairwise([0, *gaps, len(kept)]) if kept else []
        return [_joined([self._cuts[n].points for n in kept[a:b]]) for a, b in bounds]


class PicturePieces(Pieces):
    """A picture's ink in squares of the network's input."""

    def __init__(self, image: Picture, *, version: int) -> None:
        """Takes what rasterize.from_image takes, and raises what it raises."""
        self.picture = rasterize.from_image(image, version=version)
        shares = np.array([_cropped(self.picture, square).sum() for square in _grid()])
        shares = shares / shares.sum()
        self._squares = [s for s, share in zip(_grid(), shares, strict=True) if share > LEAST_SHARE]
        self.shares = shares[shares > LEAST_SHARE]
        self.places = [{"square": list(square)} for square in self._squares]
        self.centres = np.array([_middle(square) for square in self._squares])

    def hidden(self) -> Picture:
        return np.stack([self._black((number,), rim=RIM) for number in range(len(self._squares))])

    def parts(self, most: float) -> Iterator[Group]:
        apart = np.linalg.norm(self.centres[:, None] - self.centres[None], axis=2)
        for nearest in np.argsort(apart, axis=1, kind="stable"):
            count = int((self.shares[nearest].cumsum() <= most).sum())
            yield from (tuple(sorted(nearest[:n].tolist())) for n in range(1, count + 1))

    def without(self, part: Group) -> Picture:
        """Not fitted again: the rest stays in place."""
        return self._black(part, rim=0)

    def _black(self, part: Group, *, rim: int) -> Picture:
        picture = self.picture.copy()
        for number in part:
            _cropped(picture, self._squares[number], rim=rim)[:] = 0
        return picture


def _cut(strokes: Strokes, frame: Frame) -> list[_Cut]:
    along = [_lengths(stroke) for stroke in strokes]
    whole = np.array([lengths[-1] for lengths in along])
    unit = max(whole.sum() / PIECES, SHORTEST / frame.scale)
    longest = set(np.argsort(-whole, kind="stable")[:MOST_STROKES].tolist())
    return [
        cut
        for number, points in enumerate(strokes)
        if number in longest
        for cut in _cut_stroke(number, points, along[number], unit)
    ]


def _cut_stroke(
    stroke: int, points: NDArray[np.float32], along: NDArray[np.float64], unit: float
) -> Iterator[_Cut]:
    count = max(1, round(along[-1] / unit))
    if count == 1:
        # A dot has no length: it counts as much as the shortest possible piece.
        return iter([_Cut(stroke, points, max(float(along[-1]), unit / 4))])
    marks = np.linspace(0, along[-1], count + 1)
    ends = np.column_stack([np.interp(marks, along, column) for column in points.T])
    ends = ends.astype(np.float32)
    return (
        _Cut(stroke, _between(points, along, marks[n : n + 2], ends[n : n + 2]), marks[1])
        for n in range(count)
    )


def _between(
    points: NDArray[np.float32],
    along: NDArray[np.float64],
    marks: NDArray[np.float64],
    ends: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The stroke between two distances along it, with the points in between."""
    inner = points[(along > marks[0]) & (along < marks[1])]
    return np.concatenate([ends[:1], inner, ends[1:]])


def _lengths(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """The distance of each point along its stroke, float64 [n], from 0."""
    steps = np.hypot(*np.diff(points[:, :2].astype(np.float64), axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _joined(pieces: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Consecutive pieces as one line; the point where two meet is in both."""
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _framed(cut: _Cut, frame: Frame) -> NDArray[np.float64]:
    """The points in pixels of the picture, float64 [n, 2]."""
    return cut.points[:, :2].astype(np.float64) * frame.scale + (frame.x, frame.y)


def _around(line: NDArray[np.float64]) -> NDArray[np.float32]:
    """The area within REACH of the line, float32 [28, 28]: 1 inside, 0 outside."""
    fine = (line + 0.5) * _FINE - 0.5
    points = np.rint(fine * (1 << _SHIFT)).astype(np.int32)
    points = points if len(points) > 1 else np.repeat(points, 2, axis=0)
    page = np.zeros((SIDE * _FINE, SIDE * _FINE), np.float32)
    cv2.polylines(page, [points], False, 1.0, round(2 * REACH * _FINE), cv2.LINE_8, _SHIFT)
    return np.asarray(cv2.resize(page, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)


Square = tuple[int, int, int, int]


def _grid() -> Iterator[Square]:
    """x, y, width and height of each square; the outermost are cut by the edge."""
    bounds = [(max(at, 0), min(at + SQUARE, SIDE)) for at in range(-1, SIDE, SQUARE)]
    for top, bottom in bounds:
        yield from ((left, top, right - left, bottom - top) for left, right in bounds)


def _cropped(picture: Picture, square: Square, *, rim: int = 0) -> Picture:
    x, y, width, height = square
    rows = slice(max(y - rim, 0), y + height + rim)
    return picture[rows, max(x - rim, 0) : x + width + rim]


def _middle(square: Square) -> tuple[float, float]:
    x, y, width, height = square
    return x + (width - 1) / 2, y + (height - 1) / 2
