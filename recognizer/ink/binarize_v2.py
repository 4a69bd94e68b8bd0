"""Version 2 of binarization: a small network finds the ink, in the whole picture and then close up.

Version 1 takes a picture's border and most of its pixels for paper. Version 2 does not mistake
edges, ruled lines, squares, frames or the desk around a note for ink, and ink may fill the picture.
"""

import math

import cv2
import numpy as np

from recognizer.ink import binarize_v1, ink_finder, rasterize_v1
from recognizer.ink.arrays import Mask, Picture
from recognizer.ink.binarize_v1 import LARGEST, LEAST_CONTRAST, Plane
from recognizer.ink.ink_finder import SIDE

# From this share on a pixel is ink; where none in the picture is, nothing is written on it.
INK, LEAST_INK = 0.5, 0.6
# Writing that is shorter than this share of the picture is looked at closely, with so much around
# it, in its own sides.
SMALL, ROOM = 0.5, 0.35
# In a picture of at most so many pixels a side whole strokes are taken where the network saw a part
# of them, unless that makes the ink so many times as large: then they are not strokes alone. A bar
# is a stroke: it fills this share of its box, and has this share of the picture's height.
BITMAP, MOST_GROWN, SOLID, TALL = 48, 2.0, 0.5, 0.7
SURE, SURELY_NONE = 0.8, 0.05
# So many pixels are little ink, which is never clear.
FEW = 45
# What has less than this share of the area of the largest piece is a speck.
SPECK = 0.02
# A picture of fewer pixels a side is one stroke, cut so close that there is hardly any paper.
NARROW = 4
# Strokes fatter than this share of the writing's longer side are worn down to that share.
FAT, PEN = 0.125, 0.1

Part = tuple[slice, slice]


def ink_of(image: Picture) -> Picture | None:
    """The ink alone, uint8 [h, w], 255 where it is full and 0 where there is none.

    A picture larger than LARGEST comes back smaller, one with small writing larger. None where
    there is no writing. Raises InkFinderDamaged.
    """
    small = binarize_v1.within(binarize_v1.flattened(image), LARGEST)
    plane = binarize_v1.one_channel(small)
    if np.ptp(plane) < LEAST_CONTRAST:
        return None
    if min(plane.shape) < NARROW:
        return np.full(plane.shape, 255, np.uint8)
    ink = _found(plane)
    if _is_bitmap(plane):
        ink = _whole_strokes(ink, plane)
    ink = _without_specks(ink)
    if ink.max(initial=0) < LEAST_INK:
        return None
    return np.rint(_thinned(ink) * 255).astype(np.uint8)


def _found(plane: Plane) -> Plane:
    """How much of each pixel is ink, 0 to 1, float32 [h, w]."""
    ink = _looked_at(plane)
    if ink.max() > INK:
        return ink
    # What is too small to be seen in the whole: version 1 says where something stands out.
    guess = binarize_v1.ink_of(np.clip(plane, 0, 255).astype(np.uint8))
    if guess is None:
        return ink
    written = guess > 127
    part = _around(written, 1.0, plane)
    close = _placed(_looked_at(plane[part]), part, plane)
    if close.max() > INK or not (_is_bitmap(plane) and _is_bar(written)):
        return close
    return np.asarray(guess / 255, np.float32)


def _whole_strokes(ink: Plane, plane: Plane) -> Plane:
    """The ink, and all that is joined to it and as dark: of a bitmap the network, which looks at it
    enlarged, may see a part of a stroke alone (hysteresis: J. Canny, 1986)."""
    levels = _resized(plane, ink.shape)
    sure, none = ink > SURE, ink < SURELY_NONE
    if not (sure.any() and none.any()):
        return ink
    written, paper = np.median(levels[sure]), np.median(levels[none])
    if written == paper:
        return ink
    share = np.clip((levels - paper) / (written - paper), 0, 1)
    _, labels = cv2.connectedComponents((share > INK).view(np.uint8))
    joined = np.isin(labels, np.setdiff1d(labels[sure], 0)).view(np.uint8)
    if joined.sum() > MOST_GROWN * (ink > INK).sum() and not _is_bar(joined > 0):
        return ink
    near = cv2.dilate(joined, np.ones((3, 3), np.uint8))
    return np.maximum(ink, share * near)


def _is_bitmap(plane: Plane) -> bool:
    return max(plane.shape) <= BITMAP


def _is_bar(mask: Mask) -> bool:
    """Whether what is true is a fat 1: it fills its box, which is nearly as high as the picture."""
    _, _, width, height = cv2.boundingRect(mask.view(np.uint8))
    return bool(mask.sum() > SOLID * width * height and height > TALL * len(mask))


def _looked_at(plane: Plane) -> Plane:
    """The ink of a plane; of small writing, closely."""
    # Dark ink, or light ink, which is dark in the negative: whichever is the clearer.
    looks = [(ink_finder.find(one), one) for one in (plane, -plane)]
    whole, plane = max(looks, key=lambda look: _clearness(look[0]))
    written = whole > INK
    if not 0 < max(cv2.boundingRect(written.view(np.uint8))[2:]) <= SMALL * SIDE:
        return whole
    part = _around(written, max(plane.shape) / SIDE, plane)
    ink = _placed(ink_finder.find(plane[part]), part, plane)
    # What is no ink in the whole picture, a circle say, is none in a part of it.
    near = cv2.dilate((whole > INK / 2).astype(np.float32), np.ones((3, 3), np.uint8))
    return ink * (_resized(np.asarray(near), ink.shape) > 0)


def _clearness(ink: Plane) -> float:
    """The share of what is surely ink in all that may be."""
    return float((ink > SURE).sum() / ((ink > SURELY_NONE).sum() + FEW))


def _around(mask: Mask, scale: float, plane: Plane) -> Part:
    """The part of the plane with what is true in a mask, whose pixels are `scale` of the plane's
    long, and ROOM around it."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    room = ROOM * max(width, height) + 1
    ends = ((y - room, y + height + room), (x - room, x + width + room))
    rows, columns = (
        slice(max(0, math.floor(start * scale)), min(side, math.ceil(end * scale)))
        for (start, end), side in zip(ends, plane.shape, strict=True)
    )
    return rows, columns


def _placed(ink: Plane, part: Part, plane: Plane) -> Plane:
    """The ink of a part of the plane, with nothing around it; no larger than LARGEST."""
    rows, columns = (range(*one.indices(side)) for one, side in zip(part, plane.shape, strict=True))
    closer = min(LARGEST / max(plane.shape), max(ink.shape) / max(len(rows), len(columns)))
    page = np.zeros([max(1, round(side * closer)) for side in plane.shape], np.float32)
    top, left = round(rows.start * closer), round(columns.start * closer)
    place = page[top : round(rows.stop * closer), left : round(columns.stop * closer)]
    place[:] = _resized(ink, place.shape)
    return page


def _resized(ink: Plane, shape: tuple[int, ...]) -> Plane:
    way = cv2.INTER_AREA if ink.shape[0] > shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, shape[::-1], interpolation=way), np.float32)


def _without_specks(ink: Plane) -> Plane:
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > INK).view(np.uint8))
    area = stats[1:, cv2.CC_STAT_AREA]
    kept = np.concatenate([[False], area > SPECK * area.max(initial=0)])
    # With the soft edges of what is kept.
    near = cv2.dilate(kept[np.asarray(labels)].view(np.uint8), np.ones((3, 3), np.uint8))
    return ink * (near > 0)


def _thinned(ink: Plane) -> Plane:
    """Fat strokes worn down: a network knows hardly any."""
    mask = (ink > INK).view(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    largest = stats[1:][stats[1:, cv2.CC_STAT_AREA].argmax()]
    side = max(largest[cv2.CC_STAT_WIDTH], largest[cv2.CC_STAT_HEIGHT])
    width = rasterize_v1.stroke_width(np.rint(ink * 255).astype(np.uint8))
    if width <= FAT * side:
        return ink
    # Beyond the picture there is no ink.
    inside = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    worn = np.clip(inside - (width - PEN * side) / 2 + 0.5, 0, 1) * mask
    return np.asarray(worn, np.float32)
