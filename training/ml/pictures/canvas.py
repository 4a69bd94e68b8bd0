"""The canvas of a generated picture: colours, coverage, and which pixels are writing. Pure."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np

from training.ml.arrays import Floats, Images, Random

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)


class MadePicture(NamedTuple):
    """A picture uint8 [H, W] or [H, W, 3] (RGB), its ink float32 [H, W], 0 to 1, and what should
    be read: a digit, a number, or "" where no digit may be named."""

    image: Images
    ink: Floats
    expected: str


@dataclass
class PictureCanvas:
    """Pixels float32 [H, W, 3], 0 to 1, and how much of each is ink, float32 [H, W]."""

    pixels: Floats
    ink: Floats

    @property
    def height(self) -> int:
        return self.ink.shape[0]

    @property
    def width(self) -> int:
        return self.ink.shape[1]

    def write(self, ink: Floats, *, x: int, y: int, colour: Colour) -> None:
        """Puts writing there; what lies outside is cut off."""
        cover = self._placed(ink, x, y)
        self.cover(cover, colour)
        self.ink = np.maximum(self.ink, cover)

    def cover(self, cover: Floats, colour: Colour) -> None:
        """Puts a colour over the pixels, as densely as `cover`, float32 [H, W], says."""
        dense = cover[..., None]
        self.pixels = self.pixels * (1 - dense) + np.array(colour, np.float32) * dense

    def line(self, ends: tuple[float, float, float, float], width: float, colour: Colour) -> None:
        """A straight line from x, y to x, y that is no writing."""
        self.cover(straight(self.ink.shape, ends, width), colour)

    def _placed(self, ink: Floats, x: int, y: int) -> Floats:
        page = np.zeros(self.ink.shape, np.float32)
        top, left = max(y, 0), max(x, 0)
        rows = slice(top, max(top, min(y + ink.shape[0], self.height)))
        columns = slice(left, max(left, min(x + ink.shape[1], self.width)))
        page[rows, columns] = ink[
            rows.start - y : rows.stop - y, columns.start - x : columns.stop - x
        ]
        return page


def sheet(height: int, width: int, colour: Colour) -> PictureCanvas:
    """An empty canvas of one colour."""
    pixels = np.full((height, width, 3), colour, np.float32)
    return PictureCanvas(pixels, np.zeros((height, width), np.float32))


def straight(
    shape: tuple[int, ...], ends: tuple[float, float, float, float], width: float
) -> Floats:
    """How much of each pixel a straight line covers, float32 of that shape."""
    page = np.zeros(shape, np.uint8)
    fine = np.rint(np.array(ends) * 16).astype(int).tolist()
    cv2.line(page, fine[:2], fine[2:], 255, max(1, round(width)), cv2.LINE_AA, 4)
    # A line of less than a pixel is a paler one of a pixel.
    return page.astype(np.float32) * (min(1.0, width) / 255)


def shade(colour: Colour, by: float) -> Colour:
    """Darker by less than 1, lighter by more."""
    return (min(1.0, colour[0] * by), min(1.0, colour[1] * by), min(1.0, colour[2] * by))


def grey(level: float, random: Random, *, tint: float = 0.04) -> Colour:
    """A grey that leans to some colour."""
    red, green, blue = np.clip(level + random.uniform(-tint, tint, 3), 0, 1).tolist()
    return (red, green, blue)


def finished(canvas: PictureCanvas, expected: str) -> MadePicture:
    """As it is: a scan, a screenshot, a drawing program's picture."""
    return MadePicture(_bytes(canvas.pixels), canvas.ink, expected)


def photographed(
    canvas: PictureCanvas, expected: str, random: Random, *, shadow: float = 0.5
) -> MadePicture:
    """Under uneven light, a little out of focus, with grain, as a JPEG."""
    lit: Floats = canvas.pixels * _light(canvas.height, canvas.width, random, shadow)[..., None]
    if random.random() < 0.6:
        lit = as_floats(cv2.GaussianBlur(lit, (0, 0), random.uniform(0.3, 1.1)))
    grain = random.normal(0, random.uniform(0, 0.03), lit.shape[:2]).astype(np.float32)
    return MadePicture(compressed(_bytes(lit + grain[..., None]), random), canvas.ink, expected)


def compressed(image: Images, random: Random) -> Images:
    """As a JPEG leaves it."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 96))]
    _, content = cv2.imencode(".jpg", image, quality)
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)


def _light(height: int, width: int, random: Random, shadow: float) -> Floats:
    """The light on each pixel, up to 1, float32 [height, width]."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    along = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    light = 1 - random.uniform(0, 0.35) * (1 + along) / 2
    if random.random() < shadow:
        # Soft or with a hard edge.
        edge = (along - random.uniform(-0.9, 0.9)) * random.uniform(3, 60)
        light *= 1 - random.uniform(0.1, 0.5) / (1 + np.exp(np.clip(-edge, -30, 30)))
    if random.random() < 0.3:
        light *= 1 - random.uniform(0, 0.25) * (x**2 + y**2)
    return light


def _bytes(pixels: Floats) -> Images:
    return np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)


def as_floats(pixels: Any) -> Floats:
    """OpenCV's answer, which may be of any type for all that is declared, as float32."""
    return np.asarray(pixels, np.float32)
