"""Tests decoding of uploaded image files: formats, colours, EXIF, and files that are refused."""

import io
import struct
import subprocess
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from recognizer.ink import rasterize
from recognizer.ink.image_files import MAX_SIDE, BadImage, UnsupportedImage, decode
from tests.recognizer.images import jpeg_of_many_scans, seven

# Pytest puts aside the filters that the module sets when it is imported; one test below sees to it
# that they hold.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")

GREY = np.arange(12 * 16, dtype=np.uint8).reshape(12, 16)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *, body: bytes, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
        + chunk(b"IDAT", zlib.compress(body, 9)) + chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_grey_comes_back_as_it_was(kind: str) -> None:
    assert np.array_equal(decode(encoded(Image.fromarray(GREY), kind)), GREY)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_photo_comes_back_in_colour(kind: str) -> None:
    image = Image.new("RGB", (30, 20), (200, 30, 40))

    pixels = decode(encoded(image, kind))

    assert pixels.shape == (20, 30, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - (200, 30, 40)).max() < 12


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_kept(kind: str) -> None:
    image = Image.new("RGBA", (16, 12), (10, 20, 30, 0))
    image.putpixel((5, 6), (250, 0, 0, 255))

    pixels = decode(encoded(image, kind, lossless=True) if kind == "WEBP" else encoded(image, kind))

    assert pixels.shape == (12, 16, 4)
    assert pixels[6, 5].tolist() == [250, 0, 0, 255] and pixels[0, 0, 3] == 0


def test_two_tone_is_black_and_white() -> None:
    image = Image.fromarray(GREY).convert("1")

    assert set(np.unique(decode(encoded(image)))) == {0, 255}


def test_a_palette_becomes_its_colours_and_keeps_its_transparency() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 255, 255, 255, 9, 8, 7])
    image.putpixel((3, 3), 2)

    assert decode(encoded(image))[3, 3].tolist() == [9, 8, 7]
    assert decode(encoded(image, transparency=1))[0, 0, 3] == 0


def test_grey_with_alpha_is_read() -> None:
    image = Image.new("LA", (8, 8), (100, 50))

    assert decode(encoded(image))[0, 0].tolist() == [100, 100, 100, 50]


def test_cmyk_becomes_rgb() -> None:
    pixels = decode(encoded(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "JPEG"))

    assert pixels.shape == (16, 16, 3) and pixels.min() > 245


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_stretched_to_eight(kind: str) -> None:
    deep = np.linspace(1000, 4095, 12 * 16).reshape(12, 16).astype(np.uint16)

    pixels = decode(encoded(Image.fromarray(deep), kind))

    assert pixels.shape == (12, 16) and pixels.dtype == np.uint8
    assert pixels[0, 0] == 0 and pixels[-1, -1] == 255 and 120 < pixels[6, 0] < 135


def test_fractions_in_a_tiff_are_stretched_and_nan_refused() -> None:
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    assert decode(encoded(Image.fromarray(values), "TIFF"))[-1, -1] == 255

    values[0, 0] = np.nan
    with pytest.raises(BadImage, match="no numbers"):
        decode(encoded(Image.fromarray(values), "TIFF"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(kind: str, orientation: int) -> None:
    upright = np.full((24, 16, 3), 255, np.uint8)
    upright[:8, :8] = 0
    across = upright.transpose(1, 0, 2)
    ways = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: across,
        6: np.rot90(upright), 7: np.rot90(across, 2), 8: np.rot90(upright, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation

    pixels = decode(encoded(Image.fromarray(ways[orientation].copy()), kind, exif=exif))

    assert pixels.shape == upright.shape
    assert np.abs(pixels.astype(int) - upright).mean() < 12


def test_broken_exif_does_not_lose_the_picture() -> None:
    data = encoded(Image.fromarray(GREY), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7fjunk")

    assert decode(data).shape == GREY.shape


def test_the_first_of_a_phones_two_pictures_is_taken() -> None:
    photo, preview = Image.new("RGB", (32, 24), "white"), Image.new("RGB", (8, 8))

    pixels = decode(encoded(photo, "MPO", save_all=True, append_images=[preview]))

    assert pixels.shape == (24, 32, 3)


@pytest.mark.parametrize(
    "data",
    [
        encoded(Image.fromarray(GREY), "GIF"),
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"<svg/>",
        b"<!doctype html><html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        b"just text",
        b"\0" * 100,
        encoded(Image.fromarray(GREY), "ICO"),
        encoded(Image.fromarray(GREY), "PPM"),
    ],
    ids=["gif", "svg", "bare svg", "html", "pdf", "text", "zeros", "ico", "ppm"],
)
def test_what_is_no_supported_picture_is_refused_as_such(data: bytes) -> None:
    with pytest.raises(UnsupportedImage, match="use PNG, JPEG, WebP, BMP or TIFF"):
        decode(data)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BadImage, match="empty"):
        decode(b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)

    with pytest.raises(BadImage) as caught:
        decode(data[: max(12, int(len(data) * share))])

    assert not isinstance(caught.value, UnsupportedImage)
    assert "damaged or incomplete" in str(caught.value)


def test_a_picture_of_a_one_cut_close_is_read() -> None:
    assert decode(encoded(Image.new("L", (2, 12)))).shape == (12, 2)


def test_a_picture_of_one_pixel_is_refused() -> None:
    with pytest.raises(BadImage, match="1x1 pixels; it needs at least"):
        decode(encoded(Image.new("L", (1, 1))))


@pytest.mark.parametrize(
    ("width", "height"),
    [(20_000, 20_000), (MAX_SIDE + 1, 10), (6_000, 6_000), (10_000, 10_000), (2**31 - 1, 9)],
)
def test_a_huge_picture_is_refused_before_it_is_decoded(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoding(self: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", decoding)
    with pytest.raises(BadImage, match="too large"):
        decode(png(width, height, body=b"\0"))


def test_refusing_a_picture_writes_nothing_to_the_log(tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    file.write_bytes(png(10_000, 10_000, body=b"\0"))
    program = (
        "import pathlib, sys; from recognizer.ink import image_files\n"
        "try: image_files.decode(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "except image_files.BadImage as error: print(error)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True
    )

    assert "too large" in done.stdout and done.stderr == ""


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "L"), ("JPEG", "RGB"), ("PNG", "P")])
@pytest.mark.slow
def test_a_large_picture_is_read_smaller_with_the_same_ink(kind: str, mode: str) -> None:
    large = seven(5_000).convert(mode)

    pixels = decode(encoded(large, kind))

    assert pixels.shape[:2] == (2_500, 2_500)
    seen = rasterize.from_image(pixels, version=1).astype(int)
    assert (
        np.abs(seen - rasterize.from_image(np.asarray(large.convert("RGB")), version=1)).mean() < 1
    )


def test_a_large_picture_keeps_its_last_rows_and_columns_and_is_turned() -> None:
    wide = np.full((1_001, 5_003), 255, np.uint8)
    wide[-1, :] = wide[:, -1] = 0
    exif = Image.Exif()
    exif[0x0112] = 6

    pixels = decode(encoded(Image.fromarray(wide), exif=exif))

    assert pixels.shape == (1_668, 334)  # a third, and a quarter turn clockwise
    assert pixels[-1].max() < 200 and pixels[:, 0].max() < 200
    assert pixels[0, -1] == 255


@pytest.mark.parametrize("mode", ["I;16", "RGBA"])
@pytest.mark.slow
def test_a_large_picture_takes_little_memory(mode: str, tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    file.write_bytes(encoded(Image.new(mode, (5_000, 5_000))))
    assert file.stat().st_size < 200_000
    program = (
        "import pathlib, resource, sys; from recognizer.ink import image_files, rasterize\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "data = pathlib.Path(sys.argv[1]).read_bytes(); before = peak()\n"
        "image = image_files.decode(data)\n"
        "try: rasterize.from_image(image, version=1)\n"
        "except rasterize.NoInk: print((peak() - before) // 1024)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True
    )

    assert int(done.stdout) < 170  # MiB; the decoded pixels alone are 48 or 95


def test_at_most_two_pictures_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load, together = PngImagePlugin.PngImageFile.load, []
    inside: set[int] = set()

    def slowly(self: PngImagePlugin.PngImageFile) -> object:
        inside.add(threading.get_ident())
        together.append(len(inside))
        time.sleep(0.05)
        inside.discard(threading.get_ident())
        return load(self)

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", slowly)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(decode, [encoded(Image.fromarray(GREY))] * 6))

    assert max(together) == 2


def test_a_file_that_unpacks_to_far_more_than_its_picture_is_read_as_its_picture() -> None:
    bomb = png(8, 8, body=b"\0" * 50_000_000)

    assert len(bomb) < 60_000
    assert decode(bomb).shape == (8, 8)


def test_a_zip_bomb_of_text_is_refused() -> None:
    text = chunk(b"zTXt", b"comment\0\0" + zlib.compress(b"a" * 100_000_000, 9))

    with pytest.raises(BadImage, match="damaged"):
        decode(png(8, 8, body=b"\0" * 72, extra=text))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("white", "black")]

    with pytest.raises(BadImage, match="animated"):
        decode(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))


@pytest.mark.slow
def test_a_tiff_of_several_pages_is_refused_however_many() -> None:
    page = Image.new("1", (8, 8))

    with pytest.raises(BadImage, match="several pages; send one page"):
        decode(encoded(page, "TIFF", save_all=True, append_images=[page] * 2_000))


def test_a_tiff_of_one_huge_tile_is_refused_before_it_is_decoded() -> None:
    tile = zlib.compress(b"\0" * 1_000)
    tags = [(256, 64), (257, 64), (258, 8), (259, 8), (262, 1), (277, 1), (322, 32_768),
            (323, 32_768), (324, 8), (325, len(tile))]  # fmt: skip
    start = struct.pack("<2sHI", b"II", 42, 8 + len(tile) + len(tile) % 2)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    folder = struct.pack("<H", len(tags)) + entries + bytes(4)

    with pytest.raises(BadImage, match="tile is 32768x32768 pixels and is too large"):
        decode(start + tile + bytes(len(tile) % 2) + folder)


def test_a_jpeg_of_many_scans_is_refused_before_it_is_decoded() -> None:
    data = jpeg_of_many_scans(5_000)
    started = time.monotonic()

    with pytest.raises(BadImage, match="more than 50 scans"):
        decode(data)

    assert len(data) < 300_000
    assert time.monotonic() - started < 1


def test_a_progressive_photo_is_read() -> None:
    photo = seven(400)

    pixels = decode(encoded(photo, "JPEG", progressive=True, quality=95))

    assert np.abs(pixels.astype(int) - np.asarray(photo)).mean() < 3


def test_what_a_jpeg_holds_beside_its_picture_are_no_scans_of_it() -> None:
    preview = Image.Exif()
    preview[0x9286] = encoded(seven(40), "JPEG", progressive=True) * 20
    photo = encoded(seven(400), "JPEG", progressive=True, exif=preview)

    assert photo.count(b"\xff\xda") > 100
    assert decode(photo + photo * 20).shape == (400, 400, 3)


_SOUND = [
    encoded(Image.fromarray(GREY), kind) for kind in ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(_SOUND),
    st.lists(st.tuples(st.integers(0, 999), st.binary(min_size=1, max_size=4)), max_size=6),
)
def test_spoiled_bytes_are_read_or_refused_by_name(
    sound: bytes, replaced: list[tuple[int, bytes]]
) -> None:
    data = bytearray(sound)
    for place, replacement in replaced:
        start = place % len(data)
        data[start : start + len(replacement)] = replacement
    try:
        pixels = decode(bytes(data))
    except BadImage:
        return
    assert pixels.dtype == np.uint8
