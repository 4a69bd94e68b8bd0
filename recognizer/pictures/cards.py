"""Draws a card: one picture of a drawing and its answer. Pure: no Django, no database."""

import cv2
import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from recognizer.ink.strokes import Strokes
from recognizer.pictures import thumbnails

# The size that social networks show for a link.
WIDTH, HEIGHT = 1200, 630
SHEET = 470
MARGIN = (HEIGHT - SHEET) // 2
DESK, PAPER, INK, BLUE, SOFT = "#efebe1", "#fffdf8", "#1d1b17", "#22398f", "#5c564a"
# Ink is drawn this many times larger first, then smoothed.
FINER = 2


def card(drawing: Strokes | np.ndarray, *, answer: str, words: str) -> bytes:
    """A PNG of WIDTH x HEIGHT: the strokes, or a decoded image (uint8), with the answer in large
    type and a line of words below it."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), DESK)
    sheet = _of_strokes(drawing) if isinstance(drawing, Strokes) else _of_image(drawing)
    picture.paste(sheet, (MARGIN, MARGIN))
    pen = ImageDraw.Draw(picture)
    middle = (MARGIN + SHEET + WIDTH) // 2
    size = 300 if len(answer) == 1 else min(300, 900 // max(len(answer), 1))
    _write(pen, answer, at=(middle, HEIGHT // 2 - 60), size=size, colour=INK)
    _write(pen, words, at=(middle, HEIGHT - MARGIN - 90), size=36, colour=SOFT)
    _write(pen, "Numeral", at=(middle, HEIGHT - MARGIN - 30), size=30, colour=BLUE)
    return thumbnails.png(np.asarray(picture))


def _write(
    pen: ImageDraw.ImageDraw, text: str, *, at: tuple[int, int], size: int, colour: str
) -> None:
    pen.text(at, text, font=ImageFont.load_default(size), fill=colour, anchor="mm")


def _of_strokes(strokes: Strokes) -> Image.Image:
    side = SHEET * FINER
    sheet = np.full((side, side, 3), ImageColor.getrgb(PAPER), np.uint8)
    width = max(round(side * thumbnails.PEN * 0.7), 1)
    for points in _on_sheet(strokes, side):
        line = points.round().astype(np.int32)
        # Its ends and joints are round. A single point needs a line to itself.
        ends = line if len(line) > 1 else np.repeat(line, 2, axis=0)
        cv2.polylines(sheet, [ends], False, ImageColor.getrgb(BLUE), width)
    return Image.fromarray(cv2.resize(sheet, (SHEET, SHEET), interpolation=cv2.INTER_AREA))


def _on_sheet(strokes: Strokes, side: int) -> list[np.ndarray]:
    """The strokes in pixels, centred, as large as they fit."""
    points = strokes.points[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    scale = side * (1 - 2 * thumbnails.MARGIN) / max(float((high - low).max()), 1.0)
    return [(stroke[:, :2] - (low + high) / 2) * scale + side / 2 for stroke in strokes]


def _of_image(image: np.ndarray) -> Image.Image:
    sheet = Image.new("RGB", (SHEET, SHEET), PAPER)
    shown = Image.fromarray(image).convert("RGB")
    shown.thumbnail((SHEET, SHEET))
    sheet.paste(shown, ((SHEET - shown.width) // 2, (SHEET - shown.height) // 2))
    return sheet
