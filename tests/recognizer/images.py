"""Small image files."""

import io
import zlib
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageDraw


def seven(side: int = 200) -> Image.Image:
    """A black 7 on white."""
    image = Image.new("RGB", (side, side), "white")
    points = [(side * 0.25, side * 0.2), (side * 0.75, side * 0.2), (side * 0.4, side * 0.85)]
    ImageDraw.Draw(image).line(points, fill="black", width=side // 12)
    return image


def written(strokes: list[list[tuple[float, float]]], *, size: tuple[int, int] = (400, 400)):
    """Strokes, in shares of the picture, black on white: uint8 [H, W]."""
    image = Image.new("L", size, "white")
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        points = [(x * size[0], y * size[1]) for x, y in stroke]
        pen.line(points, fill="black", width=min(size) // 28, joint="curve")
    return np.asarray(image)


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


@contextmanager
def png_of_a_seven():
    with io.BytesIO(encoded(seven())) as file:
        file.name = "seven.png"
        yield file


def header_of_a_huge_png(side: int = 20_000) -> bytes:
    """A PNG that says it is enormous, with hardly any data behind it."""
    small = bytearray(encoded(Image.fromarray(np.zeros((8, 8), np.uint8))))
    small[16:24] = side.to_bytes(4, "big") * 2
    small[29:33] = zlib.crc32(bytes(small[12:29])).to_bytes(4, "big")
    return bytes(small)
