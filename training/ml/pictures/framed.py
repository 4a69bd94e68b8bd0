"""Pictures with dark edges, or with lines around or under the digit. Pure."""

import cv2
import numpy as np

from training.ml.arrays import Random
from training.ml.pictures import writing
from training.ml.pictures.canvas import Colour, MadePicture, PictureCanvas, grey, sheet
from training.ml.pictures.placing import any_pen, any_size, maybe_photographed
from training.ml.pictures.writing import Digits, Writing


def edge_left(source: Digits, random: Random) -> MadePicture:
    """A dark strip along one side, often of one column."""
    canvas, digit = _plain(source, random)
    strip(canvas, random, int(random.integers(4)))
    return maybe_photographed(canvas, digit, random)


def edge_all(source: Digits, random: Random) -> MadePicture:
    """Dark strips along two, three or all four sides."""
    canvas, digit = _plain(source, random)
    sides = [(0, 2), (1, 3), (0, 1), (0, 1, 2, 3), (0, 1, 2, 3)][int(random.integers(5))]
    thick, dark = _strip_width(canvas, random), grey(random.uniform(0, 0.35), random)
    for side in sides:
        strip(canvas, random, side, thick=thick, colour=dark)
    return maybe_photographed(canvas, digit, random)


def box(source: Digits, random: Random) -> MadePicture:
    """A frame around the digit, with corners."""
    canvas, digit, place, pen = _with_room(source, random)
    left, top, right, bottom = place
    thick = _frame_width(digit.ink.shape[0], random)
    for ends in (
        (left, top, right, top),
        (left, bottom, right, bottom),
        (left, top, left, bottom),
        (right, top, right, bottom),
    ):
        canvas.line(
            _shaken(ends, random, 0.01 * canvas.width * (random.random() < 0.4)), thick, pen
        )
    return maybe_photographed(canvas, str(digit.digit), random)


def circle(source: Digits, random: Random) -> MadePicture:
    """A circle around the digit, drawn by hand or not."""
    canvas, digit, place, pen = _with_room(source, random)
    left, top, right, bottom = place
    middle, half = (
        ((left + right) / 2, (top + bottom) / 2),
        ((right - left) / 2, (bottom - top) / 2),
    )
    angle = np.linspace(0, 2 * np.pi * random.uniform(0.97, 1.05), 60) + random.uniform(0, 6)
    wobble = 1 + random.uniform(0, 0.06) * np.sin(2 * angle + random.uniform(0, 6))
    points = (
        np.stack([np.cos(angle) * wobble, np.sin(angle) * wobble], axis=1) * half * 1.12 + middle
    )
    page = np.zeros(canvas.ink.shape, np.uint8)
    thick = _frame_width(digit.ink.shape[0], random)
    cv2.polylines(
        page,
        [np.rint(points * 16).astype(np.int32)],
        False,
        255,
        max(1, round(thick)),
        cv2.LINE_AA,
        4,
    )
    canvas.cover(page.astype(np.float32) / 255, pen)
    return maybe_photographed(canvas, str(digit.digit), random)


def underlined(source: Digits, random: Random) -> MadePicture:
    """A line under the digit, as long as the picture is wide or shorter."""
    canvas, digit, place, pen = _with_room(source, random)
    left, _, right, bottom = place
    tall = digit.ink.shape[0]
    level = min(bottom + random.uniform(-0.02, 0.05) * tall, canvas.height - 2)
    ends = (left, level, right, level + random.uniform(-0.03, 0.03) * tall)
    if random.random() < 0.5:
        ends = (0, level, canvas.width, level)
    canvas.line(ends, max(1.0, random.uniform(0.02, 0.08) * tall), pen)
    return maybe_photographed(canvas, str(digit.digit), random)


def _plain(source: Digits, random: Random) -> tuple[PictureCanvas, str]:
    canvas = sheet(*any_size(random, 28, 260), grey(random.uniform(0.85, 1), random))
    height = min(canvas.height, canvas.width) * random.uniform(0.4, 0.75)
    digit = writing.write(source, random, height=height, pen=(0.06, 0.22))
    rows, columns = digit.ink.shape
    x = round((canvas.width - columns) * random.uniform(0.3, 0.7))
    y = round((canvas.height - rows) * random.uniform(0.3, 0.7))
    canvas.write(digit.ink, x=x, y=y, colour=any_pen(random))
    return canvas, str(digit.digit)


def _strip_width(canvas: PictureCanvas, random: Random) -> int:
    most = max(2, round(0.09 * min(canvas.height, canvas.width)))
    return 1 if random.random() < 0.35 else int(random.integers(1, most + 1))


def strip(
    canvas: PictureCanvas,
    random: Random,
    side: int,
    *,
    thick: int | None = None,
    colour: Colour | None = None,
) -> None:
    """A dark strip along a side: left, top, right, bottom."""
    wide = thick or _strip_width(canvas, random)
    cover = np.zeros(canvas.ink.shape, np.float32)
    np.rot90(cover, -side)[:, :wide] = 1
    canvas.cover(cover, colour or grey(random.uniform(0, 0.45), random))


def _with_room(
    source: Digits, random: Random
) -> tuple[PictureCanvas, Writing, tuple[float, float, float, float], Colour]:
    """A digit in the middle, and a box around it, with some paper between."""
    height = random.uniform(20, 110)
    digit = writing.write(source, random, height=height, pen=(0.06, 0.2))
    rows, columns = digit.ink.shape
    left, top, right, bottom = (random.uniform(0.12, 0.45) * height for _ in range(4))
    pad = [int(random.uniform(0.05, 0.6) * height) + 3 for _ in range(4)]
    canvas = sheet(
        round(top + rows + bottom) + pad[0] + pad[1],
        round(left + columns + right) + pad[2] + pad[3],
        grey(random.uniform(0.8, 1), random),
    )
    x, y = pad[2] + round(left), pad[0] + round(top)
    pen = any_pen(random)
    canvas.write(digit.ink, x=x, y=y, colour=pen)
    frame = (x - left, y - top, x + columns + right, y + rows + bottom)
    return canvas, digit, frame, pen


def _frame_width(height: float, random: Random) -> float:
    return max(1.0, height * random.uniform(0.02, 0.12))


def _shaken(
    ends: tuple[float, float, float, float], random: Random, far: float
) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (np.array(ends) + random.normal(0, far, 4)).tolist()
    return (x0, y0, x1, y1)
