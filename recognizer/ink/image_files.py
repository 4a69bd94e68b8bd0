"""Decodes an uploaded image file; anything but a still image is refused with a sentence."""

import io
import struct
import threading
import warnings
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from recognizer.ink import jpeg_scans

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
MAX_PIXELS = 25_000_000
MAX_SIDE = 12_000
TIFF_TILE_WIDTH, TIFF_TILE_LENGTH = 322, 323
# A 1 that is cut close may be two pixels wide.
MIN_SIDE = 2
# A progressive JPEG of a camera or an editor has at most about twenty.
MAX_SCANS = 50
# Larger pictures come back smaller, by a whole factor: ink is looked for at a quarter of this.
LONGEST = 2_500

# One picture may need 100 MB for a moment; all the threads of a process at once would be too much.
_decoding = threading.BoundedSemaphore(2)
# Rows that are converted at once where a picture is shrunken.
_BAND = 256

_ORIENTATION = 0x0112
# JPEG may hold a second picture (phones store a preview so); the first is the photo.
_ONE_PICTURE = {
    "PNG": "The picture is animated; send a still one.",
    "WEBP": "The picture is animated; send a still one.",
    "TIFF": "The TIFF has several pages; send one page.",
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's readers raise on bytes that break their format's rules.
_BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError,
    AttributeError, RuntimeError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip

# Sizes that Pillow only warns of we refuse ourselves, before anything is decoded; of the oddities
# inside a file it would tell the server's log, where they help nobody.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class BadImage(ValueError):
    """A picture that cannot be read. The message is one sentence for the person who sent it."""


class UnsupportedImage(BadImage):
    """A file of a kind that is not read here."""


def decode(
    data: bytes, *, formats: tuple[str, ...] = FORMATS, most_scans: int = MAX_SCANS
) -> NDArray[np.uint8]:
    """The picture in `data`, turned as its EXIF says.

    Returns uint8 [H, W] (grey), [H, W, 3] (RGB) or [H, W, 4] (RGB and alpha, not premultiplied).
    A picture with a side longer than LONGEST comes back shrunken, neither side longer than that.
    Raises UnsupportedImage for other formats and BadImage for what cannot or must not be read;
    size and scans are checked before the pixels are decoded. At most two pictures are decoded at
    once in a process: others wait.

    What somebody else sent may still take longer than anyone should wait for it: see
    recognizer.answers.decoding.
    """
    if not data:
        raise BadImage("The file is empty.")
    with _opened(data, formats) as image:
        _check_size(image)
        _check_single(image)
        _check_scans(data, most_scans)
        with _decoding:
            return _decoded(image)


def _decoded(image: Image.Image) -> NDArray[np.uint8]:
    try:
        image.draft(None, (LONGEST, LONGEST))  # JPEG can be decoded at a half or less
        image.load()
    except _BROKEN as error:
        raise BadImage("The picture is damaged or incomplete.") from error
    turn = _turn_of(image)
    shrunken = _shrunken(image, mode=_mode_of(image))
    return _pixels(shrunken if turn is None else shrunken.transpose(turn))


def _opened(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError as error:
        if _looks_supported(data):
            raise BadImage("The picture is damaged or incomplete.") from error
        raise UnsupportedImage(
            "This cannot be read as a picture: use PNG, JPEG, WebP, BMP or TIFF."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImage(_too_large("The picture")) from error
    except _BROKEN as error:
        raise BadImage("The picture is damaged or incomplete.") from error


def _looks_supported(data: bytes) -> bool:
    """Whether the first bytes claim one of our formats, so that the rest must be damaged."""
    starts = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    return data.startswith(starts) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise BadImage(
            f"The picture is {width}x{height} pixels; it needs at least {MIN_SIDE}x{MIN_SIDE}."
        )
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadImage(_too_large(f"The picture is {width}x{height} pixels and"))
    tile = _tile(image)
    if max(tile) > MAX_SIDE or tile[0] * tile[1] > MAX_PIXELS:
        raise BadImage(_too_large(f"The picture’s tile is {tile[0]}x{tile[1]} pixels and"))


def _tile(image: Image.Image) -> tuple[int, int]:
    """Width and height of a TIFF's tiles, decoded whole however small the picture is; else 0."""
    tags = getattr(image, "tag_v2", {})
    return int(tags.get(TIFF_TILE_WIDTH, 0)), int(tags.get(TIFF_TILE_LENGTH, 0))


def _too_large(start: str) -> str:
    return (
        f"{start} is too large: at most {MAX_PIXELS // 1_000_000} megapixels "
        f"and {MAX_SIDE:,} pixels a side are read."
    )


def _check_single(image: Image.Image) -> None:
    if image.format in _ONE_PICTURE and getattr(image, "is_animated", False):
        raise BadImage(_ONE_PICTURE[image.format])


def _check_scans(data: bytes, most: int) -> None:
    if data.startswith(b"\xff\xd8") and jpeg_scans.count(data, most=most) > most:
        raise BadImage(
            f"The JPEG has more than {most} scans, which would take too long to decode; "
            "save it again, as JPEG or PNG."
        )


def _turn_of(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except _BROKEN:
        return None  # Broken EXIF says nothing of how to turn; the pixels are sound.


def _mode_of(image: Image.Image) -> str:
    """What to convert to: F for grey of more than 8 bits, else RGBA, L or RGB."""
    if image.mode.startswith("I") or image.mode == "F":
        return "F"
    if image.has_transparency_data:
        return "RGBA"
    return "L" if image.mode in ("1", "L") else "RGB"


def _shrunken(image: Image.Image, *, mode: str) -> Image.Image:
    """In that mode and with no side longer than LONGEST, each pixel the mean of a square.

    Goes from band to band, as a conversion of the whole would need its memory twice over.
    """
    width, height = image.size
    factor = -(-max(width, height) // LONGEST)
    if factor == 1:
        return image.convert(mode)
    small = Image.new(mode, (-(-width // factor), -(-height // factor)))
    rows = factor * (_BAND // factor)
    for top in range(0, height, rows):
        band = image.crop((0, top, width, min(top + rows, height)))
        small.paste(band.convert(mode).reduce(factor), (0, top // factor))
    return small


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode == "F":
        return _deep_grey(np.array(image, dtype=np.float64))
    return np.asarray(image)


def _deep_grey(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Grey of more than 8 bits, stretched to 0..255: scanners use any part of their range."""
    if not np.isfinite(values).all():
        raise BadImage("The picture holds values that are no numbers.")
    low, high = values.min(), values.max()
    values -= low
    values *= 255.0 / ((high - low) or 1.0)
    return np.rint(values, out=values).astype(np.uint8)
