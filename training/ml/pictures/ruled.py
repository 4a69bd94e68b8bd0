"""Pictures of lined and squared paper, with and without a digit. Pure."""

from training.ml.arrays import Random
from training.ml.pictures import writing
from training.ml.pictures.canvas import WHITE, MadePicture, grey, photographed, shade, sheet
from training.ml.pictures.placing import (
    any_cell,
    any_height,
    any_pen,
    any_size,
    ground,
    inside,
    line_colour,
    maybe_photographed,
    paper,
    put,
    rule,
    square,
    write_on,
)
from training.ml.pictures.writing import Digits


def lined(source: Digits, random: Random) -> MadePicture:
    """On lined paper, whose lines are paler or thinner than the pen."""
    canvas = paper(random)
    rule(canvas, random, shade(ground(canvas), random.uniform(0.55, 0.9)))
    digit = write_on(canvas, source, random, any_pen(random))
    return photographed(canvas, digit, random)


def dark_rules(source: Digits, random: Random) -> MadePicture:
    """A digit over rules as dark as its ink, which are thinner than the pen."""
    canvas = sheet(*any_size(random, 64, 300), grey(random.uniform(0.88, 1), random))
    height = any_height(canvas, random, least=0.45)
    width = max(1.0, height * random.uniform(0.01, 0.04))
    rule(canvas, random, grey(random.uniform(0, 0.4), random), width=width)
    digit = writing.write(source, random, height=height, pen=(0.1, 0.2))
    put(canvas, digit.ink, random, any_pen(random))
    return maybe_photographed(canvas, str(digit.digit), random)


def digit_in_cell(source: Digits, random: Random) -> MadePicture:
    """A digit inside one cell of squared paper."""
    canvas = sheet(*any_size(random, 64, 320), grey(random.uniform(0.88, 1), random))
    cell = any_cell(canvas, random, least=max(18, round(0.12 * max(canvas.ink.shape))))
    left, top = square(canvas, random, line_colour(canvas, random), cell=cell)
    height = cell * random.uniform(0.5, 0.85)
    digit = writing.write(source, random, height=height, pen=(0.08, 0.18))
    column = int(random.integers(max(1, (canvas.width - left) // cell)))
    row = int(random.integers(max(1, (canvas.height - top) // cell)))
    x = round(left + column * cell + (cell - digit.ink.shape[1]) / 2)
    y = round(top + row * cell + (cell - digit.ink.shape[0]) / 2)
    canvas.write(
        digit.ink,
        x=inside(x, digit.ink.shape[1], canvas.width),
        y=inside(y, digit.ink.shape[0], canvas.height),
        colour=any_pen(random),
    )
    return maybe_photographed(canvas, str(digit.digit), random)


def squared_photo(source: Digits, random: Random) -> MadePicture:
    """A digit over the squares of squared paper, photographed."""
    canvas = paper(random)
    square(canvas, random, line_colour(canvas, random))
    digit = write_on(canvas, source, random, any_pen(random), pen=(0.09, 0.2), mnist=False)
    return photographed(canvas, digit, random)


def squared_blank(source: Digits, random: Random) -> MadePicture:
    """Squared paper with nothing on it."""
    canvas = paper(random) if random.random() < 0.5 else sheet(*any_size(random, 60, 320), WHITE)
    square(canvas, random, line_colour(canvas, random))
    return maybe_photographed(canvas, "", random)


def ruled_blank(source: Digits, random: Random) -> MadePicture:
    """Lined paper with nothing on it; the lines pale or dark."""
    canvas = paper(random) if random.random() < 0.5 else sheet(*any_size(random, 60, 320), WHITE)
    rule(canvas, random, line_colour(canvas, random))
    return maybe_photographed(canvas, "", random)
