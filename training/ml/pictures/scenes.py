"""Pictures of a note on a desk, and screenshots with bars. Pure."""

from collections.abc import Callable

import cv2
import numpy as np

from training.ml.arrays import Random
from training.ml.pictures import writing
from training.ml.pictures.canvas import (
    Colour,
    MadePicture,
    PictureCanvas,
    as_floats,
    grey,
    shade,
    sheet,
)
from training.ml.pictures.placing import (
    any_size,
    ground,
    maybe_photographed,
    rule,
    square,
    write_at,
)
from training.ml.pictures.plain import screenshot
from training.ml.pictures.writing import Digits


def desk(source: Digits, random: Random) -> MadePicture:
    """A note on a desk, which shows around it."""
    return _on_desk(random, lambda canvas, place: write_at(canvas, source, random, place))


def blank_on_desk(source: Digits, random: Random) -> MadePicture:
    """An empty note on a desk."""
    return _on_desk(random, lambda canvas, place: "")


def toolbar(source: Digits, random: Random) -> MadePicture:
    """A screenshot with bars, mostly in dark mode."""
    height, width = any_size(random, 96, 320)
    dark = random.random() < 0.75
    back = grey(random.uniform(0, 0.2) if dark else random.uniform(0.85, 1), random)
    pen = grey(random.uniform(0.65, 1) if dark else random.uniform(0, 0.3), random)
    canvas = sheet(height, width, back)
    bar = round(height * random.uniform(0.06, 0.16))
    colour = (
        shade(back, random.uniform(1.3, 2.5)) if dark else grey(random.uniform(0.5, 0.9), random)
    )
    below = bar if random.random() < 0.3 else 0
    _bar(canvas, 0, bar, colour, pen, random)
    if below:
        _bar(canvas, height - below, height, colour, pen, random)
    room = (0, bar, width, height - below)
    digit = write_at(canvas, source, random, room, pen=pen)
    return screenshot(canvas, digit, random)


def _bar(
    canvas: PictureCanvas, top: int, bottom: int, colour: Colour, pen: Colour, random: Random
) -> None:
    """A toolbar, with a title and perhaps a few buttons."""
    cover = np.zeros(canvas.ink.shape, np.float32)
    cover[top:bottom] = 1
    canvas.cover(cover, colour)
    tall = (bottom - top) * random.uniform(0.25, 0.5)
    words = str(random.choice(["Notes", "untitled", "Sketch - new", "File  Edit  View", "Draw"]))
    title = writing.text(words, height=max(2.0, tall))[:, : canvas.width - 4]
    cover = np.zeros(canvas.ink.shape, np.float32)
    y, x = top + max(0, (bottom - top - title.shape[0]) // 2), int(random.integers(1, 4))
    title = title[: bottom - y]
    cover[y : y + title.shape[0], x : x + title.shape[1]] = title
    for _ in range(int(random.integers(0, 4))):
        button = int(random.integers(canvas.width // 2, canvas.width))
        cover[y : y + title.shape[0], button : button + title.shape[0]] = 1
    canvas.cover(cover * random.uniform(0.4, 1), pen)


def _on_desk(
    random: Random, fill: Callable[[PictureCanvas, tuple[int, int, int, int]], str]
) -> MadePicture:
    height, width = any_size(random, 100, 320)
    desk = sheet(height, width, grey(random.uniform(0.1, 0.6), random, tint=0.12))
    _grain(desk, random)
    rows, columns = (round(side * random.uniform(0.4, 0.85)) for side in (height, width))
    note = sheet(rows, columns, grey(random.uniform(0.8, 1), random))
    if random.random() < 0.25:
        lines = rule if random.random() < 0.5 else square
        lines(note, random, shade(ground(note), random.uniform(0.6, 0.9)))
    expected = fill(note, (0, 0, columns, rows))
    x, y = (int(random.integers(0, room + 1)) for room in (width - columns, height - rows))
    turn = random.normal(0, 4) * (random.random() < 0.6)
    move = cv2.getRotationMatrix2D((columns / 2, rows / 2), turn, 1)
    move[:, 2] += (x, y)
    size = (width, height)
    cover = cv2.warpAffine(np.ones((rows, columns), np.float32), move, size)
    pixels = cv2.warpAffine(note.pixels, move, size)
    desk.pixels = desk.pixels * (1 - cover[..., None]) + pixels
    desk.ink = as_floats(cv2.warpAffine(note.ink, move, size))
    return maybe_photographed(desk, expected, random)


def _grain(canvas: PictureCanvas, random: Random) -> None:
    """Stripes like those of wood, in half of all cases."""
    if random.random() < 0.5:
        return
    coarse = random.uniform(0.75, 1.2, (int(random.integers(6, 40)), int(random.integers(2, 6))))
    if random.random() < 0.5:
        coarse = coarse.T
    size = (canvas.width, canvas.height)
    pattern = cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    canvas.pixels = np.clip(canvas.pixels * pattern[..., None], 0, 1)
