"""Digits as ink of any size and pen: the writing that `kinds.py` puts into pictures. Pure.

Ink is float32 [h, w], 1 where a pixel is all ink and 0 where there is none, cropped to the writing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.ml.arrays import Floats, Images, Integers, Random
from training.ml.synthesis import digits, skeleton
from training.ml.synthesis.digit_styles import STYLES, StrokePath

# Matplotlib brings these along; their licences allow any use.
BOLD = ("DejaVuSans-Bold.ttf", "DejaVuSansMono-Bold.ttf")
REGULAR = "DejaVuSans.ttf"
# OpenCV's fonts by A. Hershey (1967).
HERSHEY = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX)
# Strokes and letters are drawn this many times larger and averaged down.
FINE = 4
FAINTEST = 0.08


class Writing(NamedTuple):
    """Ink, and the digit that it is."""

    ink: Floats
    digit: int


@dataclass(frozen=True)
class Digits:
    """The digits that pictures are made of: images uint8 [N, 28, 28], white on black, and labels
    [N]."""

    images: Images
    labels: Integers

    def any(self, random: Random) -> tuple[Images, int]:
        """One image, and its label."""
        number = int(random.integers(len(self.images)))
        return self.images[number], int(self.labels[number])


def write(
    source: Digits, random: Random, *, height: float, pen: tuple[float, float] = (0.06, 0.2)
) -> Writing:
    """A digit about `height` pixels tall: of MNIST as it is, of MNIST redrawn, or in a style of
    digits.py. `pen` is the least and the largest width of drawn strokes, in heights."""
    kind = random.random()
    if kind < 0.4:
        image, label = source.any(random)
        return Writing(_enlarged(image, height), label)
    width = random.uniform(*pen)
    if kind < 0.65:
        image, label = source.any(random)
        return Writing(_drawn(_lines_of(image), height, width), label)
    label = int(random.integers(10))
    style = STYLES[label][int(random.integers(len(STYLES[label])))]
    return Writing(_drawn(_styled(style, random), height, width), label)


def printed(random: Random, *, height: float) -> Writing:
    """A digit in bold print without serifs, about `height` pixels tall."""
    label = int(random.integers(10))
    if random.random() < 0.25:
        face, heavy = HERSHEY[int(random.integers(len(HERSHEY)))], int(random.integers(4, 9))
        return Writing(_hershey(str(label), face, heavy, height), label)
    font = BOLD[int(random.integers(len(BOLD)))]
    return Writing(_print(str(label), font, height), label)


def text(words: str, *, height: float) -> Floats:
    """A line of print."""
    return _print(words, REGULAR, height)


def _enlarged(image: Images, height: float) -> Floats:
    cut = cropped(image.astype(np.float32) / 255)
    size = _size(cut.shape, height)
    large = cv2.resize(cut, size, interpolation=_way(cut.shape[0], size[1]))
    # Enlarged pixels are blurred; a pen's edge is not.
    steep = max(1.0, min(4.0, size[1] / cut.shape[0] / 1.5))
    return cropped(np.clip((large - 0.5) * steep + 0.5, 0, 1))


def _way(before: int, after: int) -> int:
    return cv2.INTER_AREA if after < before else cv2.INTER_CUBIC


def _size(shape: tuple[int, ...], height: float) -> tuple[int, int]:
    scale = height / max(shape)
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def _lines_of(image: Images) -> list[Floats]:
    lines = [np.array(line)[:, :2] for line in skeleton.strokes_of(image, scale=1.0)]
    return lines or [np.array([[0.0, 0.0], [0.0, 1.0]])]


def _styled(style: Callable[[Random], list[StrokePath]], random: Random) -> list[Floats]:
    slant = np.array([[1, 0], [random.uniform(-0.25, 0.15), 1]])
    return [
        digits.rounded(np.array(path.corners, float), times=path.roundings + 1) @ slant
        for path in style(random)
    ]


def _drawn(lines: list[Floats], height: float, width: float) -> Floats:
    """Lines with a round pen as wide as `width` heights."""
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-6)
    # Neither so thin that it is no pixel nor so wide that nothing is left to draw.
    pen = max(1.0, width * height * FINE)
    scale = max(height * FINE - pen, 1.0) / extent
    page = np.zeros(2 * [int(height * FINE + pen) + 4 * FINE], np.uint8)
    paths = [np.rint((line - low) * scale + pen / 2 + FINE).astype(np.int32) for line in lines]
    cv2.polylines(page, paths, False, 255, max(1, round(pen)), cv2.LINE_AA)
    return _averaged(page)


def _averaged(page: Images) -> Floats:
    rows, columns = (side // FINE * FINE for side in page.shape)
    small = (columns // FINE, rows // FINE)
    return cropped(
        cv2.resize(page[:rows, :columns], small, interpolation=cv2.INTER_AREA).astype(np.float32)
        / 255
    )


def _hershey(words: str, face: int, heavy: int, height: float) -> Floats:
    page = np.zeros((120, 160), np.uint8)
    cv2.putText(page, words, (40, 90), face, 2.2, 255, heavy, cv2.LINE_AA)
    cut = cropped(page.astype(np.float32) / 255)
    return scaled(cut, height)


def _print(words: str, font: str, height: float) -> Floats:
    size = 96
    page = Image.new("L", (size * (len(words) + 1), 2 * size))
    ImageDraw.Draw(page).text((size // 2, size // 2), words, 255, _face(font, size))
    return scaled(cropped(np.asarray(page).astype(np.float32) / 255), height)


def scaled(cut: Floats, height: float) -> Floats:
    """Ink cut close, enlarged or made smaller to that height."""
    scale = height / cut.shape[0]
    size = max(1, round(cut.shape[1] * scale)), max(1, round(height))
    return np.clip(cv2.resize(cut, size, interpolation=_way(cut.shape[0], size[1])), 0, 1)


@cache
def _face(font: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", font)), size)


def cropped(ink: Floats) -> Floats:
    """Without the empty rows and columns around; one pixel where all is empty."""
    x, y, width, height = cv2.boundingRect((ink > FAINTEST).astype(np.uint8))
    return ink[y : y + max(height, 1), x : x + max(width, 1)]
