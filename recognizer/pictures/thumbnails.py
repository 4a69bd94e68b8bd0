"""Pictures of drawings for people to look at. Pure: no Django, no database."""

from collections.abc import Sequence

import cv2
import numpy as np

from recognizer.ink.strokes import Strokes

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">'
    '<path d="{path}" fill="none" stroke="#22398f" stroke-width="{pen:.1f}" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
# Pen width and margin, as shares of the ink's longer side.
PEN, MARGIN = 0.07, 0.14

# A drawing or a scan takes less than this as a PNG; a photo takes megabytes.
MOST_PNG_BYTES, MOST_BYTES_SEEN_THROUGH = 300_000, 1_000_000
QUALITY = 90


def svg(strokes: Strokes) -> str:
    """The strokes as an SVG, cut to a square around the ink."""
    points = strokes.points[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(float((high - low).max()), 1.0)
    margin = side * (MARGIN + PEN / 2)
    left, top = (low + high) / 2 - side / 2 - margin
    box = f"{left:.1f} {top:.1f} {side + 2 * margin:.1f} {side + 2 * margin:.1f}"
    return SVG.format(box=box, path=_path(strokes), pen=side * PEN)


def _path(strokes: Strokes) -> str:
    return "".join(_line(stroke[:, :2]) for stroke in strokes)


def _line(points: np.ndarray) -> str:
    # A line to its own start draws a single point as a round dot.
    ends = points if len(points) > 1 else np.repeat(points, 2, axis=0)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ends)


def thumbnail(image: np.ndarray, *, side: int = 160) -> bytes:
    """A decoded image (uint8) as a PNG whose longer side has at most `side` pixels."""
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return png(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def compact(image: np.ndarray) -> bytes:
    """The image as a PNG if that is small, else as a JPEG of high quality. A transparent image,
    which JPEG cannot hold, is halved until its PNG is small enough; an opaque alpha channel is
    dropped."""
    see_through = image.ndim == 3 and image.shape[2] == 4
    if see_through and (image[:, :, 3] == 255).all():
        return compact(image[:, :, :3])
    content = png(image)
    if len(content) <= (MOST_BYTES_SEEN_THROUGH if see_through else MOST_PNG_BYTES):
        return content
    if see_through:
        return compact(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return _encoded(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def png(image: np.ndarray) -> bytes:
    """An image, uint8 grey [H, W], RGB or RGBA, as a PNG."""
    return _encoded(".png", image)


def _encoded(extension: str, image: np.ndarray, how: Sequence[int] = ()) -> bytes:
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    if image.ndim == 3:
        image = cv2.cvtColor(image, order[image.shape[2]])
    _, content = cv2.imencode(extension, image, how)
    return content.tobytes()
