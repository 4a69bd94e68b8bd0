"""Papers, pens and the placing of writing, which the kinds of pictures share. Pure."""

import numpy as np

from training.ml.arrays import Floats, Random
from training.ml.pictures import writing
from training.ml.pictures.canvas import (
    BLACK,
    Colour,
    MadePicture,
    PictureCanvas,
    finished,
    grey,
    photographed,
    shade,
    sheet,
)
from training.ml.pictures.writing import Digits

DARK_PENS: tuple[Colour, ...] = (BLACK, (0.1, 0.1, 0.3), (0.1, 0.15, 0.5), (0.5, 0.1, 0.1))


def write_on(
    canvas: PictureCanvas,
    source: Digits,
    random: Random,
    colour: Colour,
    *,
    pen: tuple[float, float] = (0.06, 0.2),
    mnist: bool = True,
) -> str:
    """Writes a digit somewhere on the canvas, and says which."""
    digit = writing.write(source, random, height=any_height(canvas, random), pen=pen)
    put(canvas, digit.ink, random, colour)
    return str(digit.digit)


def put(canvas: PictureCanvas, ink: Floats, random: Random, colour: Colour) -> None:
    """Somewhere on the canvas, all of it inside."""
    rows, columns = ink.shape
    x = int(random.integers(2, max(3, canvas.width - columns - 2)))
    y = int(random.integers(2, max(3, canvas.height - rows - 2)))
    canvas.write(ink, x=x, y=y, colour=colour)


def write_at(
    canvas: PictureCanvas,
    source: Digits,
    random: Random,
    room: tuple[int, int, int, int],
    *,
    pen: Colour | None = None,
) -> str:
    """Writes a digit into this part of the canvas (left, top, right, bottom), and says which."""
    left, top, right, bottom = room
    height = min(right - left, bottom - top) * random.uniform(0.35, 0.8)
    digit = writing.write(source, random, height=height)
    rows, columns = digit.ink.shape
    x = left + round((right - left - columns) * random.uniform(0.2, 0.8))
    y = top + round((bottom - top - rows) * random.uniform(0.2, 0.8))
    canvas.write(digit.ink, x=x, y=y, colour=pen or any_pen(random))
    return str(digit.digit)


def any_size(random: Random, least: int, most: int) -> tuple[int, int]:
    """Height and width of a picture, any of them as likely by their logarithm."""
    side = np.exp(random.uniform(np.log(least), np.log(most)))
    ratio = np.exp(random.uniform(-0.4, 0.4))
    return max(least, round(side * min(1, ratio))), max(least, round(side * min(1, 1 / ratio)))


def any_height(canvas: PictureCanvas, random: Random, *, least: float = 0.25) -> float:
    return max(10.0, min(canvas.height, canvas.width) * random.uniform(least, 0.85))


def paper(random: Random) -> PictureCanvas:
    return sheet(*any_size(random, 80, 320), paper_colour(random))


def paper_colour(random: Random) -> Colour:
    return grey(random.uniform(0.65, 1), random, tint=0.08)


def any_pen(random: Random) -> Colour:
    colour = DARK_PENS[int(random.integers(len(DARK_PENS)))]
    lighter = random.uniform(0, 0.2)
    return (colour[0] + lighter, colour[1] + lighter, colour[2] + lighter)


def ground(canvas: PictureCanvas) -> Colour:
    red, green, blue = canvas.pixels[0, 0].tolist()
    return (red, green, blue)


def paper_around(shape: tuple[int, ...], random: Random) -> PictureCanvas:
    """Paper with some room for ink of this shape."""
    rows, columns = shape
    pad = max(4, round(random.uniform(0.08, 0.8) * rows))
    return sheet(rows + 2 * pad, columns + 2 * pad, grey(random.uniform(0.75, 1), random))


def maybe_photographed(canvas: PictureCanvas, expected: str, random: Random) -> MadePicture:
    if random.random() < 0.5:
        return finished(canvas, expected)
    return photographed(canvas, expected, random)


def rule(
    canvas: PictureCanvas, random: Random, colour: Colour, *, width: float | None = None
) -> None:
    """Horizontal lines, and perhaps a margin."""
    step = max(6.0, canvas.height * random.uniform(0.07, 0.28))
    thick = width or random.uniform(0.6, max(1.2, canvas.height / 110))
    tilt = random.normal(0, 0.01) * canvas.width
    level = random.uniform(0, step)
    while level < canvas.height:
        canvas.line((0, level, canvas.width, level + tilt), thick, colour)
        level += step
    if random.random() < 0.2:
        left = canvas.width * random.uniform(0.05, 0.2)
        canvas.line((left, 0, left, canvas.height), thick, colour)


def square(
    canvas: PictureCanvas, random: Random, colour: Colour, *, cell: int | None = None
) -> tuple[int, int]:
    """Lines both ways; returns where the first column and row begin."""
    step = cell or any_cell(canvas, random)
    thick = random.uniform(0.6, max(1.2, min(step / 10, 3)))
    left, top = (int(one) for one in random.integers(0, step, 2))
    tilt = random.normal(0, 0.006)
    for x in range(left, canvas.width, step):
        canvas.line((x, 0, x - tilt * canvas.height, canvas.height), thick, colour)
    for y in range(top, canvas.height, step):
        canvas.line((0, y, canvas.width, y + tilt * canvas.width), thick, colour)
    return left, top


def any_cell(canvas: PictureCanvas, random: Random, *, least: int = 7) -> int:
    shorter = min(canvas.height, canvas.width)
    return max(least, round(shorter * random.uniform(0.06, 0.3)))


def line_colour(canvas: PictureCanvas, random: Random) -> Colour:
    """Of printed lines: from hardly seen to as dark as ink, grey or bluish."""
    paler = shade(ground(canvas), random.uniform(0.2, 0.9))
    blue = random.random() < 0.4
    return (paler[0] * 0.8, paler[1] * 0.9, min(1.0, paler[2] * 1.15)) if blue else paler


def inside(at: int, length: int, side: int) -> int:
    return max(0, min(at, side - length))
