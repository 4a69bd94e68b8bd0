"""Tests finding ink in images: scans, photos, uneven light, dark and light paper."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.ink import rasterize
from tests.recognizer.images import difference

FIXTURE = Path(__file__).parents[2] / "fixtures" / "mnist_digits.npz"
DIGITS = np.load(FIXTURE)["images"]
Array = NDArray[np.uint8]


def likeness(one: Array, other: Array) -> float:
    """The correlation of two pictures, at best within a pixel of each other: 1 for the same."""
    moves = [np.roll(one, (y, x), (0, 1)).ravel() for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return max(float(np.corrcoef(move, other.ravel())[0, 1]) for move in moves)


def enlarged(digit: Array, *, times: int) -> Array:
    return cv2.resize(digit, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)


def coverage(digit: Array, *, height: int = 360, width: int = 480) -> NDArray[np.float64]:
    """How much ink, 0 to 1, lies on each pixel of a page with the digit right of its middle."""
    page = np.zeros((height, width))
    page[40:264, 180:404] = enlarged(digit, times=8) / 255
    return page


def paper(digit: Array, *, light: float | NDArray[np.float64] = 1.0, dark: bool = False) -> Array:
    """A photo of ink on paper (or of chalk on a board) under the given light, with noise."""
    ground, writing = (0.15, 0.9) if dark else (0.9, 0.2)
    page = ground + (writing - ground) * coverage(digit)
    noise = np.random.default_rng(0).normal(0, 0.01, page.shape)
    return np.rint(255 * np.clip(page * light + noise, 0, 1)).astype(np.uint8)


def lights() -> dict[str, NDArray[np.float64]]:
    y, x = np.mgrid[0:1:360j, 0:1:480j]
    return {
        "gradient": 1 - 0.6 * x,
        "slanted": 1 - 0.3 * x - 0.3 * y,
        "vignette": 1 - 0.9 * np.clip((x - 0.5) ** 2 + (y - 0.5) ** 2, 0, 0.7),
        "soft shadow": 1 - 0.5 / (1 + np.exp(30 * (x + 0.3 * y - 0.7))),
        "hard shadow": np.where(x + 0.3 * y < 0.7, 1, 0.55),
    }


@pytest.mark.parametrize("number", range(len(DIGITS)))
def test_mnists_own_digits_pass_nearly_unchanged(number: int) -> None:
    assert difference(rasterize.from_image(DIGITS[number], version=1), DIGITS[number]) < 0.5


@pytest.mark.parametrize("number", range(0, len(DIGITS), 3))
def test_dark_on_light_is_found_out(number: int) -> None:
    assert np.array_equal(
        rasterize.from_image(255 - DIGITS[number], version=1),
        rasterize.from_image(DIGITS[number], version=1),
    )


@pytest.mark.parametrize("times", [2, 10, 60])
def test_size_does_not_matter(times: int) -> None:
    for digit in DIGITS[::3]:
        assert likeness(rasterize.from_image(enlarged(digit, times=times), version=1), digit) > 0.9


@pytest.mark.parametrize(("x", "y"), [(0, 0), (372, 0), (0, 272), (372, 272)])
def test_a_digit_in_a_corner_is_brought_to_the_middle(x: int, y: int) -> None:
    for digit in DIGITS[::3]:
        page = np.full((300, 400), 255, np.uint8)
        page[y : y + 28, x : x + 28] -= digit
        assert difference(rasterize.from_image(page, version=1), digit) < 0.5


def test_a_digit_of_eight_pixels_is_enlarged() -> None:
    for digit in DIGITS[::3]:
        tiny = cv2.resize(digit, (11, 11), interpolation=cv2.INTER_AREA)
        assert likeness(rasterize.from_image(tiny, version=1), digit) > 0.6


def test_contrast_does_not_matter() -> None:
    for digit in DIGITS[::3]:
        faint = (120 + digit.astype(float) * 0.3).astype(np.uint8)
        assert difference(rasterize.from_image(faint, version=1), digit) < 2


@pytest.mark.parametrize(
    ("ground", "writing"),
    [
        ((255, 255, 255), (20, 40, 160)),
        ((250, 240, 200), (200, 20, 30)),
        ((30, 110, 30), (200, 40, 40)),
        ((0, 0, 90), (255, 255, 0)),
        ((128, 128, 128), (128, 128, 255)),
    ],
)
def test_any_two_colours_will_do(ground: tuple[int, ...], writing: tuple[int, ...]) -> None:
    for digit in DIGITS[::3]:
        share = digit[..., None] / 255
        page = np.rint(np.array(ground) * (1 - share) + np.array(writing) * share).astype(np.uint8)
        assert difference(rasterize.from_image(page, version=1), digit) < 3


def test_two_colours_of_much_the_same_brightness_are_told_apart_in_a_grainy_photo() -> None:
    share = coverage(DIGITS[4])[..., None]
    page = np.array([20, 200, 40]) * (1 - share) + np.array([100, 125, 40]) * share
    grain = np.random.default_rng(0).normal(0, 6, page.shape)

    picture = rasterize.from_image(
        np.rint(np.clip(page + grain, 0, 255)).astype(np.uint8), version=1
    )

    assert likeness(picture, DIGITS[4]) > 0.88


def test_grey_as_three_channels_is_grey() -> None:
    digit = DIGITS[0]

    assert (
        difference(
            rasterize.from_image(np.dstack([digit] * 3), version=1),
            rasterize.from_image(digit, version=1),
        )
        < 0.1
    )


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (250, 240, 80)])
def test_ink_of_one_colour_on_nothing_is_read_from_its_alpha(colour: tuple[int, ...]) -> None:
    for digit in DIGITS[::3]:
        page = np.dstack([*[np.full_like(digit, level) for level in colour], digit])
        assert difference(rasterize.from_image(page, version=1), digit) < 0.5


def test_a_picture_with_clear_edges_lies_on_white() -> None:
    digit = DIGITS[0]
    page = np.zeros((60, 60, 4), np.uint8)
    page[10:50, 10:50] = 255
    page[16:44, 16:44, :3] -= digit[..., None]

    assert difference(rasterize.from_image(page, version=1), digit) < 0.5


def test_a_pale_sheet_of_even_transparency_is_seen_over_white() -> None:
    digit = DIGITS[0]
    page = np.dstack([*[255 - digit] * 3, np.full_like(digit, 128)])

    assert difference(rasterize.from_image(page, version=1), digit) < 2


@pytest.mark.parametrize("light", lights())
@pytest.mark.parametrize("dark", [False, True], ids=["paper", "board"])
def test_uneven_light_is_evened_out(light: str, dark: bool) -> None:
    for digit in DIGITS[::5]:
        photo = paper(digit, light=lights()[light], dark=dark)
        assert likeness(rasterize.from_image(photo, version=1), digit) > 0.88


def test_a_coloured_photo_is_read() -> None:
    light = lights()["vignette"][..., None] * [1.0, 0.95, 0.85]
    share = coverage(DIGITS[4])[..., None]
    page = (1 - share) * [230, 228, 220] + share * [40, 50, 130]

    assert (
        likeness(rasterize.from_image(np.rint(page * light).astype(np.uint8), version=1), DIGITS[4])
        > 0.93
    )


def test_specks_on_the_paper_are_left_out() -> None:
    photo = paper(DIGITS[2])
    spotted = photo.copy()
    for row, column in ((20, 30), (330, 40), (300, 450)):
        spotted[row : row + 4, column : column + 4] = 40

    assert (
        difference(rasterize.from_image(spotted, version=1), rasterize.from_image(photo, version=1))
        < 1
    )


def test_the_table_beside_the_paper_is_left_out() -> None:
    photo = paper(DIGITS[2])
    photo[:, :25] = 60

    assert likeness(rasterize.from_image(photo, version=1), DIGITS[2]) > 0.93


def test_a_digit_that_runs_off_a_photo_cut_close_is_read() -> None:
    photo = paper(DIGITS[3], light=lights()["gradient"])
    rows, columns = np.nonzero(coverage(DIGITS[3]) > 0.5)
    close = photo[rows.min() + 2 : rows.max() - 1, columns.min() - 20 : columns.max() + 20]

    assert likeness(rasterize.from_image(close, version=1), DIGITS[3]) > 0.8


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_thin_pen_is_drawn_out_to_what_can_be_seen(width: int) -> None:
    page = np.full((400, 400), 255, np.uint8)
    cv2.line(page, (200, 50), (200, 350), 0, width)

    across = rasterize.from_image(page, version=1)[8:20].sum(axis=1) / 255

    assert across.min() > 1.2 and across.max() < 2


@pytest.mark.parametrize("shape", [(3, 60), (60, 3)])
def test_a_line_stays_a_line(shape: tuple[int, int]) -> None:
    page = np.zeros((100, 100), np.uint8)
    page[20 : 20 + shape[0], 20 : 20 + shape[1]] = 255

    picture = rasterize.from_image(page, version=1)

    height, width = (np.ptp(places) + 1 for places in np.nonzero(picture > 30))
    assert (max(height, width), min(height, width)) <= (20, 3)
    assert (height < width) == (shape[0] < shape[1])


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_a_blank_picture_is_refused(level: int, channels: tuple[int, ...]) -> None:
    with pytest.raises(rasterize.NoInk, match="no writing"):
        rasterize.from_image(np.full((40, 50, *channels), level, np.uint8), version=1)


@pytest.mark.parametrize("light", ["even", *lights()])
@pytest.mark.parametrize("noise", [0, 2, 6])
@pytest.mark.parametrize("version", rasterize.VERSIONS)
def test_blank_paper_is_refused_under_any_light(light: str, noise: float, version: int) -> None:
    shade = {"even": np.ones((360, 480)), **lights()}[light]
    levels = 230 * shade + np.random.default_rng(1).normal(0, noise, shade.shape)

    with pytest.raises(rasterize.NoInk, match="no writing"):
        rasterize.from_image(np.rint(np.clip(levels, 0, 255)).astype(np.uint8), version=version)


def test_no_pixels_at_all_is_no_ink() -> None:
    with pytest.raises(rasterize.NoInk):
        rasterize.from_image(np.zeros((0, 5), np.uint8), version=1)


@pytest.mark.parametrize(
    "image", [np.zeros((9, 9)), np.zeros((9, 9, 2), np.uint8), np.zeros(9, np.uint8)]
)
def test_what_is_no_picture_is_a_type_error(image: Array) -> None:
    with pytest.raises(TypeError, match="uint8"):
        rasterize.from_image(image, version=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 4000), (4000, 3), (4, 4, 4)])
def test_odd_shapes_are_read_or_have_no_ink(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    try:
        picture = rasterize.from_image(noise, version=1)
    except rasterize.NoInk:
        return
    assert picture.shape == (28, 28)
