"""Version 2 finds ink by a network: what version 1 finds, and what it cannot."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.ink import ink_finder, rasterize
from tests.recognizer.ink.test_binarize import (
    DIGITS,
    Array,
    coverage,
    enlarged,
    lights,
    likeness,
    paper,
)


def seen(image: Array) -> Array:
    return rasterize.from_image(image, version=2)


@pytest.mark.parametrize("number", range(len(DIGITS)))
def test_mnists_own_digits_pass_and_so_do_their_negatives(number: int) -> None:
    # Worn down where they are fat.
    assert likeness(seen(DIGITS[number]), DIGITS[number]) > 0.8
    assert np.array_equal(seen(DIGITS[number]), seen(255 - DIGITS[number]))


@pytest.mark.parametrize("times", [2, 10, 60])
def test_size_does_not_matter(times: int) -> None:
    for digit in DIGITS[::5]:
        assert likeness(seen(enlarged(digit, times=times)), digit) > 0.85


@pytest.mark.parametrize(("x", "y"), [(0, 0), (372, 0), (0, 272), (372, 272)])
def test_a_small_digit_in_a_corner_is_brought_to_the_middle(x: int, y: int) -> None:
    for digit in DIGITS[::5]:
        page = np.full((300, 400), 255, np.uint8)
        page[y : y + 28, x : x + 28] -= digit
        assert likeness(seen(page), digit) > 0.88


@pytest.mark.parametrize(
    ("ground", "writing"),
    [((255, 255, 255), (20, 40, 160)), ((30, 110, 30), (200, 40, 40)), ((0, 0, 90), (255, 255, 0))],
)
def test_any_two_colours_will_do(ground: tuple[int, ...], writing: tuple[int, ...]) -> None:
    for digit in DIGITS[::5]:
        share = digit[..., None] / 255
        page = np.rint(np.array(ground) * (1 - share) + np.array(writing) * share).astype(np.uint8)
        assert likeness(seen(page), digit) > 0.85


@pytest.mark.parametrize("light", lights())
@pytest.mark.parametrize("dark", [False, True], ids=["paper", "board"])
def test_uneven_light_is_evened_out(light: str, dark: bool) -> None:
    for digit in DIGITS[::5]:
        assert likeness(seen(paper(digit, light=lights()[light], dark=dark)), digit) > 0.65


def test_of_a_bitmap_that_a_digit_fills_no_stroke_is_lost() -> None:
    for digit in DIGITS:
        x, y, width, height = cv2.boundingRect((digit > 0).view(np.uint8))
        size = max(4, round(32 * width / height)), 32
        close = cv2.resize(digit[y : y + height, x : x + width], size)
        bitmap = np.where(close > 127, 0, 255).astype(np.uint8)

        found = cv2.resize(rasterize.of_image(bitmap, version=2), size)

        # Worn down where it is fat.
        near = cv2.dilate((found > 64).view(np.uint8), np.ones((7, 7), np.uint8))
        assert ((bitmap == 0) & (near == 0)).mean() < 0.01


def test_a_bitmap_of_a_solid_bar_is_a_stroke() -> None:
    bitmap = np.zeros((32, 32), np.uint8)
    bitmap[:, 7:17] = 255
    bitmap[::3, 16] = bitmap[1::4, 7] = 0

    found = cv2.resize(rasterize.of_image(bitmap, version=2), (32, 32))

    # Worn down: its middle from end to end, and nothing beside it.
    assert (found[4:28, 11:13] > 64).all()
    assert not found[:, :6].any()
    assert not found[:, 18:].any()


def test_ink_lies_where_it_was_written() -> None:
    page = np.rint(255 * (1 - coverage(DIGITS[4]))).astype(np.uint8)

    found = rasterize.of_image(page, version=2)

    scale = page.shape[0] / found.shape[0]
    assert page.shape[1] / found.shape[1] == pytest.approx(scale, rel=0.02)
    place = np.array(cv2.boundingRect((found > 127).astype(np.uint8))) * scale
    written = cv2.boundingRect((page < 128).astype(np.uint8))
    assert np.abs(place - written).max() <= 2 * scale


def test_fat_strokes_are_worn_down_to_a_pen_s() -> None:
    fat = np.full((64, 40), 255, np.uint8)
    cv2.putText(fat, "7", (3, 56), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 0, 14)

    across = seen(fat)[14:20].sum(axis=1) / 255

    assert across.max() < 5


def test_a_very_large_picture_is_looked_at_in_small() -> None:
    page = np.full((2400, 1800), 240, np.uint8)
    page[1000:1280, 800:1080] -= enlarged(DIGITS[2], times=10) // 2

    assert max(rasterize.of_image(page, version=2).shape) <= 640
    assert likeness(seen(page), DIGITS[2]) > 0.88


@pytest.mark.parametrize("shape", [(1, 1), (2, 12), (1, 9), (3, 2000), (2000, 3), (4, 4, 4)])
def test_odd_shapes_are_read_or_have_no_ink(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    try:
        picture = seen(noise)
    except rasterize.NoInk:
        return
    assert picture.shape == (28, 28)


def test_a_file_that_was_changed_finds_nothing(tmp_path: Path, monkeypatch) -> None:
    damaged = tmp_path / "ink_finder.onnx"
    damaged.write_bytes(ink_finder.FILE.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(ink_finder, "FILE", damaged)
    ink_finder._session.cache_clear()

    with pytest.raises(ink_finder.InkFinderDamaged, match=r"ink_finder\.onnx"):
        seen(DIGITS[0])
    ink_finder._session.cache_clear()
