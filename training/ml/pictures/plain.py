"""Pictures of writing on plain paper, boards and screens. Pure."""

import numpy as np

from training.ml.arrays import Floats, Random
from training.ml.pictures import writing
from training.ml.pictures.canvas import (
    BLACK,
    WHITE,
    MadePicture,
    PictureCanvas,
    compressed,
    finished,
    grey,
    photographed,
    shade,
    sheet,
    straight,
)
from training.ml.pictures.framed import strip
from training.ml.pictures.placing import (
    any_height,
    any_pen,
    any_size,
    ground,
    maybe_photographed,
    paper,
    paper_around,
    put,
    rule,
    square,
    write_on,
)
from training.ml.pictures.writing import Digits


def photo(source: Digits, random: Random) -> MadePicture:
    """Ink on plain paper under a lamp."""
    canvas = paper(random)
    digit = write_on(canvas, source, random, any_pen(random))
    return photographed(canvas, digit, random)


def scan(source: Digits, random: Random) -> MadePicture:
    """Ink on white, of any size, without any grain."""
    canvas = sheet(*any_size(random, 24, 300), WHITE)
    return finished(canvas, write_on(canvas, source, random, BLACK))


def pencil(source: Digits, random: Random) -> MadePicture:
    """Thin, pale and grainy."""
    canvas = paper(random)
    height = any_height(canvas, random)
    digit = writing.write(source, random, height=height, pen=(0.03, 0.08))
    grain = random.uniform(0.6, 1, digit.ink.shape).astype(np.float32)
    pale = random.uniform(0.3, 0.7)
    put(canvas, digit.ink * grain, random, shade(ground(canvas), 1 - pale))
    return photographed(canvas, str(digit.digit), random)


def dark_mode(source: Digits, random: Random) -> MadePicture:
    """Light ink on a dark screen."""
    canvas = sheet(*any_size(random, 28, 300), grey(random.uniform(0, 0.25), random))
    digit = write_on(canvas, source, random, grey(random.uniform(0.6, 1), random))
    return screenshot(canvas, digit, random)


def board(source: Digits, random: Random) -> MadePicture:
    """Chalk on a board, photographed."""
    canvas = sheet(*any_size(random, 80, 320), grey(random.uniform(0.08, 0.3), random, tint=0.08))
    digit = write_on(canvas, source, random, grey(random.uniform(0.65, 1), random))
    return photographed(canvas, digit, random)


def blank(source: Digits, random: Random) -> MadePicture:
    """Nothing: paper under a lamp, with or without a dark strip at its side."""
    canvas = paper(random)
    if random.random() < 0.4:
        strip(canvas, random, int(random.integers(4)))
    return photographed(canvas, "", random)


def number(source: Digits, random: Random) -> MadePicture:
    """Two to four digits in a row, on plain, lined or squared paper."""
    height = random.uniform(20, 90)
    pen = random.uniform(0.06, 0.18)
    row = [
        writing.write(source, random, height=height * random.uniform(0.85, 1), pen=(pen, pen))
        for _ in range(int(random.integers(2, 5)))
    ]
    gap = random.uniform(0.2, 0.5) * height
    width = int(sum(one.ink.shape[1] + gap for one in row))
    together = np.zeros((int(height) + 8, width + 4), np.float32)
    x = 0
    for one in row:
        rows, columns = one.ink.shape
        together[:rows, x : x + columns] = one.ink[: len(together)]
        x += columns + int(gap)
    expected = "".join(str(one.digit) for one in row)
    return written(writing.cropped(together), expected, random)


def minus(source: Digits, random: Random) -> MadePicture:
    """A minus before the digit: no digit, and no number that is read here."""
    height = random.uniform(28, 120)
    digit = writing.write(source, random, height=height)
    long, thick = random.uniform(0.22, 0.5) * height, max(2.0, random.uniform(0.05, 0.16) * height)
    gap = random.uniform(0.1, 0.4) * height
    rows, columns = digit.ink.shape
    both = np.zeros((rows, int(long + gap + columns) + 2), np.float32)
    both[:, -columns:] = digit.ink
    level = random.uniform(0.4, 0.65) * rows
    dash = straight(both.shape, (thick / 2, level, long, level), thick)
    canvas = paper_around(both.shape, random)
    put(canvas, np.maximum(both, dash), random, any_pen(random))
    return maybe_photographed(canvas, "", random)


def written(ink: Floats, expected: str, random: Random) -> MadePicture:
    """Any writing, on plain, lined or squared paper."""
    canvas = paper_around(ink.shape, random)
    if random.random() < 0.5:
        lines = rule if random.random() < 0.5 else square
        lines(canvas, random, shade(ground(canvas), random.uniform(0.55, 0.9)))
    put(canvas, ink, random, any_pen(random))
    return maybe_photographed(canvas, expected, random)


def screenshot(canvas: PictureCanvas, expected: str, random: Random) -> MadePicture:
    made = finished(canvas, expected)
    if random.random() < 0.5:
        return made
    return made._replace(image=compressed(made.image, random))
