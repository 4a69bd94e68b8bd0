"""Small image files, and how much pictures differ."""

import io
import zlib
from contextlib import contextmanager
from functools import cache

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


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The mean over all pixels, 0 to 255."""
    return float(np.abs(one.astype(int) - other).mean())


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def jpeg_of_many_scans(scans: int, side: int = 3_000) -> bytes:
    """A progressive JPEG that says the last of its scans again and again: 42 bytes each time, and
    each time all the work of going over the whole picture."""
    file = io.BytesIO()
    Image.new("L", (side, side), 200).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    start, end = whole.rfind(b"\xff\xda"), len(whole) - 2
    return whole[:end] + whole[start:end] * scans + whole[end:]


def slow_jpeg() -> bytes:
    """A small JPEG whose EXIF comes in 250,000 pieces, of 5 MB: Pillow copies what it has at each,
    for ten seconds or more."""
    piece = b"\xff\xe1\0\x12Exif\0\0" + b"a" * 10
    return b"\xff\xd8" + piece * 250_000 + encoded(seven(), "JPEG")[2:]


def two_pages() -> bytes:
    """A TIFF."""
    file = io.BytesIO()
    seven().save(file, "TIFF", save_all=True, append_images=[seven()])
    return file.getvalue()


@cache
def png_with_a_bomb() -> bytes:
    """A PNG of a few pixels with a comment of 100 MB, packed."""
    small = encoded(Image.new("L", (8, 8)))
    body = b"zTXtcomment\0\0" + zlib.compress(b"a" * 100_000_000, 1)
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return small[:33] + chunk + small[33:]


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
