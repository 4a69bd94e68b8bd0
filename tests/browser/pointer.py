"""Writes digits on the sheet as people do: with a mouse, with fingers, with a pen."""

import io
import json
from itertools import pairwise
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import CDPSession, Page

Strokes = list[list[tuple[float, float]]]

# In shares of the sheet.
SEVEN: Strokes = [
    [(0.28, 0.22), (0.55, 0.23), (0.72, 0.21), (0.62, 0.42), (0.53, 0.62), (0.46, 0.82)],
    [(0.36, 0.53), (0.5, 0.51), (0.66, 0.51)],
]
ONE: Strokes = [[(0.5, 0.18), (0.5, 0.5), (0.5, 0.82)]]
THREE: Strokes = [
    [(0.33, 0.28), (0.4, 0.2), (0.5, 0.17), (0.6, 0.2), (0.65, 0.28), (0.62, 0.38), (0.52, 0.46),
     (0.45, 0.48), (0.55, 0.49), (0.65, 0.56), (0.69, 0.66), (0.64, 0.76), (0.53, 0.82),
     (0.42, 0.82), (0.33, 0.75)],
]  # fmt: skip
ZERO: Strokes = [
    [(0.5, 0.17), (0.38, 0.24), (0.31, 0.4), (0.31, 0.6), (0.38, 0.76), (0.5, 0.83), (0.62, 0.76),
     (0.69, 0.6), (0.69, 0.4), (0.62, 0.24), (0.5, 0.17)],
]  # fmt: skip
SCRIBBLE: Strokes = [
    [(0.2, 0.2), (0.8, 0.8), (0.2, 0.8), (0.8, 0.2), (0.2, 0.5), (0.8, 0.5), (0.5, 0.2), (0.5, 0.8)]
]
LETTER_H: Strokes = [
    [(0.3, 0.2), (0.3, 0.5), (0.3, 0.8)],
    [(0.7, 0.2), (0.7, 0.5), (0.7, 0.8)],
    [(0.3, 0.5), (0.5, 0.5), (0.7, 0.5)],
]
FOUR: Strokes = [
    [(0.55, 0.2), (0.35, 0.55), (0.68, 0.55)],
    [(0.58, 0.35), (0.57, 0.6), (0.56, 0.82)],
]
TWO: Strokes = [
    [(0.33, 0.32), (0.38, 0.22), (0.5, 0.18), (0.62, 0.23), (0.64, 0.36), (0.56, 0.5),
     (0.44, 0.65), (0.33, 0.8), (0.5, 0.8), (0.68, 0.8)],
]  # fmt: skip

SHEET = "[data-part=sheet]"


def moved(strokes: Strokes, *, by: float, size: float, down: float = 0) -> Strokes:
    """The strokes smaller or larger about the middle of the sheet, then moved."""
    return [
        [(0.5 + (x - 0.5) * size + by, 0.5 + (y - 0.5) * size + down) for x, y in stroke]
        for stroke in strokes
    ]


FORTY_TWO = moved(FOUR, by=-0.22, size=0.6) + moved(TWO, by=0.2, size=0.6)
TOUCHING = moved(THREE, by=-0.12, size=0.7) + moved(SEVEN, by=0.12, size=0.7)


def on_sheet(page: Page, strokes: Strokes, sheet: str = SHEET) -> Strokes:
    """The strokes in pixels of the window."""
    box = page.locator(sheet).bounding_box()
    assert box is not None
    return [
        [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        for stroke in strokes
    ]


def with_mouse(page: Page, strokes: Strokes, *, steps: int = 4, sheet: str = SHEET) -> None:
    for stroke in on_sheet(page, strokes, sheet):
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*point, steps=steps)
        page.mouse.up()


def with_finger(page: Page, strokes: Strokes) -> None:
    cdp = page.context.new_cdp_session(page)
    for stroke in on_sheet(page, strokes):
        touch(cdp, "touchStart", stroke[:1])
        for point in between(stroke):
            touch(cdp, "touchMove", [point])
        touch(cdp, "touchEnd", [])


def touch(cdp: CDPSession, kind: str, points: list[tuple[float, float]]) -> None:
    """Where the fingers are now: the first point is the first finger, and so on."""
    fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def with_pen(page: Page, strokes: Strokes, *, force: float = 0.7) -> None:
    cdp = page.context.new_cdp_session(page)

    def pen(kind: str, point: tuple[float, float], force: float) -> None:
        x, y = point
        where = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        cdp.send("Input.dispatchMouseEvent", where | {"pointerType": "pen", "force": force})

    for stroke in on_sheet(page, strokes):
        pen("mousePressed", stroke[0], force)
        for point in between(stroke):
            pen("mouseMoved", point, force)
        pen("mouseReleased", stroke[-1], 0)


def between(stroke: list[tuple[float, float]], steps: int = 4) -> list[tuple[float, float]]:
    """Points on the way, as a hand moves."""
    return [
        (ax + (bx - ax) * step / steps, ay + (by - ay) * step / steps)
        for (ax, ay), (bx, by) in pairwise(stroke)
        for step in range(1, steps + 1)
    ]


def kept_in_tab(page: Page) -> dict[str, Any] | None:
    """The sheet as the page keeps it until it is saved: exactly what would be sent."""
    draft = page.evaluate("sessionStorage.getItem('draft')")
    return json.loads(draft) if draft else None


def strokes_of(page: Page) -> list[list[list[float]]]:
    draft = kept_in_tab(page)
    return draft["data"]["strokes"] if draft else []


def photo(strokes: Strokes, *, size: tuple[int, int] = (600, 480)) -> bytes:
    """A PNG of dark writing on greyish paper."""
    image = Image.new("RGB", size, (206, 200, 188))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        points = [(x * size[0], y * size[1]) for x, y in stroke]
        pen.line(points, fill=(40, 44, 70), width=26, joint="curve")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
