"""Version 1 of the preprocessing: strokes or ink, fitted into a box and centred as in MNIST."""

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.ink.arrays import Picture
from recognizer.ink.strokes import Frame, Strokes

SIDE = 28
BOX = 20
# Strokes are drawn this many times larger and averaged down: that is the anti-aliasing.
FINE = 6
# The pen's width in fine pixels: 2.5 pixels of the box, which is the median of MNIST's strokes.
PEN = 15
# OpenCV draws a line of thickness t (odd) t + 2 pixels wide when it gets coordinates with _SHIFT.
_THICKNESS = PEN - 2
# Bits behind the point in those coordinates.
_SHIFT = 4
# Ink smaller than this share of the canvas is not enlarged to 20x20: a tap stays a dot.
LEAST_EXTENT = 0.02
# Fainter than this, of 255, does not count for the size of the ink in a picture.
LEAST_INK = 24
# In pixels of the 20x20 box: hardly any digit of MNIST has thinner strokes.
THINNEST = 1.5


class _Fit(NamedTuple):
    """What fits ink into the box: fine pixels a canvas unit, and the ink's middle, in units."""

    scale: float
    middle: NDArray[np.float32]


def from_strokes(strokes: Strokes) -> Picture:
    """Strokes drawn with a round pen of fixed width into the box, uint8 [28, 28]."""
    return centred(_drawn(strokes, _fit(strokes)))


def frame_of(strokes: Strokes) -> Frame:
    """Where the canvas lies in the picture that from_strokes makes of these strokes."""
    fit = _fit(strokes)
    scale = fit.scale / FINE
    # The ink's middle lies in the middle of the box, and the box was moved by whole pixels.
    x, y = (BOX - 1) / 2 - fit.middle.astype(np.float64) * scale
    left, top = _move(_drawn(strokes, fit))
    return Frame(scale, float(x) + left, float(y) + top)


def _fit(strokes: Strokes) -> _Fit:
    xy = strokes.points[:, :2]
    low = xy.min(axis=0)
    size = xy.max(axis=0) - low
    least = LEAST_EXTENT * max(strokes.width, strokes.height)
    scale = (BOX * FINE - PEN) / max(float(size.max()), least)
    return _Fit(scale, low + size / 2)


def _drawn(strokes: Strokes, fit: _Fit) -> Picture:
    """The box, uint8 [20, 20]."""
    # The middle of the ink lies in the middle of the box; a pixel's middle is its coordinate.
    fine = (strokes.points[:, :2] - fit.middle) * fit.scale + (BOX * FINE - 1) / 2
    lines = _split(np.rint(fine * (1 << _SHIFT)).astype(np.int32), strokes.starts.tolist())
    page = np.zeros((BOX * FINE, BOX * FINE), np.uint8)
    cv2.polylines(page, lines, False, 255, _THICKNESS, cv2.LINE_8, _SHIFT)
    return _resized(page, cv2.INTER_AREA)


def _split(points: NDArray[np.int32], starts: list[int]) -> list[NDArray[np.int32]]:
    ends = [*starts[1:], len(points)]
    lines = [points[start:end] for start, end in zip(starts, ends, strict=True)]
    # OpenCV draws nothing for a line of one point.
    return [line if len(line) > 1 else np.repeat(line, 2, axis=0) for line in lines]


def from_ink(ink: Picture) -> Picture:
    """White ink on black, any size, fitted and centred, uint8 [28, 28]."""
    return centred(fitted(ink))


def fitted(ink: Picture) -> Picture:
    """White ink on black, any size, cut out and scaled into uint8 [20, 20]."""
    cut = _cut(ink)
    side = max(cut.shape)
    # Ink of 19 or 20 pixels is at MNIST's size already: resampling would only blur it.
    if side in (BOX - 1, BOX):
        return _squared(cut, side=BOX)
    cut = _thickened(cut)
    side = max(cut.shape)
    return _resized(_squared(cut, side=side), cv2.INTER_AREA if side > BOX else cv2.INTER_CUBIC)


def _resized(square: Picture, interpolation: int) -> Picture:
    return np.asarray(cv2.resize(square, (BOX, BOX), interpolation=interpolation), np.uint8)


def _thickened(cut: Picture) -> Picture:
    """Strokes that would be thinner than THINNEST, once fitted, drawn out to it."""
    reach = (THINNEST * max(cut.shape) / BOX - stroke_width(cut)) / 2
    if reach <= 0:
        return cut
    edge = math.ceil(reach)
    wide = cv2.copyMakeBorder(cut, edge, edge, edge, edge, cv2.BORDER_CONSTANT)
    away = cv2.distanceTransform((wide <= 127).astype(np.uint8), cv2.DIST_L2, 5)
    return np.maximum(wide, (255 * np.clip(reach + 1 - away, 0, 1)).astype(np.uint8))


def stroke_width(cut: Picture) -> float:
    """The mean width of the strokes in pixels: twice their area by the length of their edges.

    The edges' length is the sum of the slopes, which grey edges do not change.
    """
    grey = cv2.copyMakeBorder(cut, 1, 1, 1, 1, cv2.BORDER_CONSTANT).astype(np.float32)
    right, down = np.diff(grey, axis=1)[:-1], np.diff(grey, axis=0)[:, :-1]
    return float(2 * grey.sum() / np.hypot(right, down).sum())


def _cut(ink: Picture) -> Picture:
    x, y, width, height = cv2.boundingRect((ink > LEAST_INK).astype(np.uint8))
    return ink[y : y + height, x : x + width]


def _squared(cut: Picture, *, side: int) -> Picture:
    height, width = cut.shape
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), np.uint8)
    square[top : top + height, left : left + width] = cut
    return square


def centred(box: Picture) -> Picture:
    """Uint8 [20, 20] in uint8 [28, 28], its centre of mass in the middle.

    Moved by whole pixels, as MNIST was, so that nothing is blurred; never beyond the edge.
    """
    x, y, width, height = cv2.boundingRect(box)
    right, down = _move(box)
    left, top = x + right, y + down
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[top : top + height, left : left + width] = box[y : y + height, x : x + width]
    return picture


def _move(box: Picture) -> tuple[int, int]:
    """How far, in pixels right and down, the box's ink moves to lie centred in the picture."""
    mass = cv2.moments(box)
    x, y, width, height = cv2.boundingRect(box)
    left = _start(mass["m10"] / mass["m00"] - x, width)
    top = _start(mass["m01"] / mass["m00"] - y, height)
    return left - x, top - y


def _start(centre: float, length: int) -> int:
    """Where ink of this length must begin for its centre to lie in the middle of the picture."""
    return min(max(math.floor(SIDE / 2 - centre + 0.5), 0), SIDE - length)
