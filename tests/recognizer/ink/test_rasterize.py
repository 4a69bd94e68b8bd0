"""Tests the rasterizing of strokes: fitted, centred by mass, with a pen of fixed width."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recognizer.ink import rasterize
from recognizer.ink.strokes import Strokes, parse
from tests.recognizer.images import difference

# A 2 and a 5 as a hand draws them, in a square of 100.
TWO = [[[20, 25], [30, 8], [55, 2], [75, 15], [72, 40], [45, 70], [15, 97], [50, 95], [88, 96]]]
FIVE = [[[30, 5], [26, 45], [55, 40], [78, 60], [66, 88], [22, 92]], [[30, 5], [76, 8]]]


def drawn(strokes: object, *, width: float = 100, height: float = 100) -> NDArray[np.uint8]:
    return rasterize.from_strokes(parse(strokes, width=width, height=height), version=1)


def moved(strokes: list, *, by: float = 1.0, x: float = 0.0, y: float = 0.0) -> list:
    return [[[x + by * px, y + by * py] for px, py in stroke] for stroke in strokes]


def box(picture: NDArray[np.uint8]) -> tuple[int, int]:
    """Height and width of the ink."""
    rows, columns = np.nonzero(picture > 30)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre(picture: NDArray[np.uint8]) -> tuple[float, float]:
    rows, columns = np.nonzero(picture)
    weights = picture[rows, columns].astype(float)
    return float(np.average(rows, weights=weights)), float(np.average(columns, weights=weights))


@pytest.mark.parametrize("version", rasterize.VERSIONS)
@pytest.mark.parametrize("by", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("strokes", [TWO, FIVE, [[[9, 80]]], [[[5, 5], [80, 5]]]])
def test_the_frame_says_where_each_point_was_drawn(strokes: list, by: float, version: int) -> None:
    found = parse(moved(strokes, by=by), width=100 * by, height=100 * by)
    frame = rasterize.frame_of(found, version=version)
    picture = rasterize.from_strokes(found, version=version)

    for x, y in found.points[:, :2] * frame.scale + (frame.x, frame.y):
        assert picture[round(float(y)), round(float(x))] > 200


@pytest.mark.parametrize("strokes", [TWO, FIVE])
def test_a_drawing_fills_the_box_and_is_centred_by_mass(strokes: list) -> None:
    picture = drawn(strokes)

    assert picture.shape == (28, 28) and picture.dtype == np.uint8
    assert max(box(picture)) == 20
    assert np.abs(np.subtract(centre(picture), 14)).max() <= 0.5


def test_proportions_are_kept() -> None:
    height, width = box(drawn([[[10, 10], [50, 10], [50, 90], [10, 90], [10, 10]]]))

    # The middle line is half as wide as it is high; the pen adds the same to both.
    assert height == 20
    assert width == pytest.approx((20 - 2.5) / 2 + 2.5, abs=1)


@pytest.mark.parametrize("by", [0.1, 0.5, 3.0, 100.0])
def test_the_size_of_the_canvas_does_not_matter(by: float) -> None:
    picture = drawn(moved(TWO, by=by), width=100 * by, height=100 * by)

    assert difference(picture, drawn(TWO)) < 1


@pytest.mark.parametrize(("x", "y"), [(0, 0), (900, 0), (0, 900), (900, 900), (-50, 950)])
@pytest.mark.parametrize("by", [0.3, 1.0])
def test_place_and_size_on_the_canvas_do_not_matter(x: float, y: float, by: float) -> None:
    picture = drawn(moved(TWO, by=by, x=x, y=y), width=1000, height=1000)

    assert difference(picture, drawn(TWO)) < 1


def test_the_pen_is_as_wide_as_mnists_whatever_the_size() -> None:
    for by in (0.1, 1, 10):
        picture = drawn(moved([[[50, 0], [50, 100]]], by=by), width=1000, height=1000)
        assert picture[10:18].sum(axis=1).mean() / 255 == pytest.approx(2.5, abs=0.1)


def test_edges_are_grey_and_strokes_are_white() -> None:
    picture = drawn(TWO)
    shown = picture[picture > 0]

    assert 0.25 < (shown >= 250).mean() < 0.6
    assert 0.3 < ((shown > 10) & (shown < 245)).mean() < 0.7


def test_a_dot_is_a_dot_in_the_middle() -> None:
    picture = drawn([[[3, 97]]])

    assert max(box(picture)) <= 4
    assert 3 < picture.sum() / 255 < 8
    assert np.abs(np.subtract(centre(picture), 14)).max() <= 0.5


def test_a_tap_that_trembled_is_a_dot_too() -> None:
    assert max(box(drawn([[[50, 50], [50.4, 50.2], [50.1, 50.5]]]))) <= 8


def test_a_vertical_line_is_a_thin_one() -> None:
    height, width = box(drawn([[[50, 10], [50, 90]]]))

    assert height == 20 and width <= 4


def test_a_horizontal_line_stays_flat() -> None:
    height, width = box(drawn([[[10, 50], [90, 50]]]))

    assert width == 20 and height <= 4


def test_a_stroke_of_one_point_is_drawn_beside_the_others() -> None:
    line = [[50, 0], [50, 70]]
    with_dot, without = drawn([line, [[50, 100]]]), drawn([line])

    assert with_dot[23:26, 12:16].any()
    assert difference(with_dot, without) > 1


def test_repeated_points_change_nothing() -> None:
    repeated = [[point for point in stroke for _ in range(3)] for stroke in FIVE]

    assert np.array_equal(drawn(repeated), drawn(FIVE))
    assert np.array_equal(drawn([[[9, 9]] * 40]), drawn([[[9, 9]]]))


def test_the_number_of_points_does_not_matter() -> None:
    steps = np.linspace(0, 1, 30, endpoint=False)[:, None]
    line = np.array(TWO[0], float)
    dense = (line[:-1, None] * (1 - steps) + line[1:, None] * steps).reshape(-1, 2)

    assert difference(drawn([[*dense.tolist(), TWO[0][-1]]]), drawn(TWO)) < 1


def test_time_and_pressure_do_not_matter() -> None:
    timed = [[[x, y, 7 * n, 0.1] for n, (x, y) in enumerate(stroke)] for stroke in FIVE]

    assert np.array_equal(drawn(timed), drawn(FIVE))


def test_heavy_ink_at_one_end_is_not_pushed_off_the_picture() -> None:
    knot = [[x, y] for y in range(86, 100) for x in (44, 58)]

    picture = drawn([[[50, 0], [50, 100]], knot])

    assert box(picture)[0] == 20


_coordinates = st.floats(-100, 200, allow_nan=False) | st.integers(-100, 200)
_strokes = st.lists(
    st.lists(st.tuples(_coordinates, _coordinates).map(list), min_size=1, max_size=12),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(_strokes)
def test_whatever_is_drawn_there_is_ink_inside_the_box(strokes: list) -> None:
    picture = drawn(strokes)

    assert picture.max() > 100
    assert max(box(picture)) <= 20
    rows, columns = centre(picture)
    assert 3 <= rows <= 24 and 3 <= columns <= 24


def test_strokes_without_a_point_are_blank() -> None:
    nothing = Strokes(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), 10.0, 10.0)

    with pytest.raises(rasterize.NoInk, match="blank"):
        rasterize.from_strokes(nothing, version=1)


def test_every_version_can_be_called() -> None:
    drawing = parse(TWO, width=100, height=100)

    for version in rasterize.VERSIONS:
        assert rasterize.from_strokes(drawing, version=version).shape == (28, 28)
        assert rasterize.from_image(drawn(TWO), version=version).shape == (28, 28)


def test_version_1_never_changes() -> None:
    """Models answer for the version they learned from: what it draws is fixed for good."""
    picture = cv2.resize(drawn(FIVE), (7, 7), interpolation=cv2.INTER_AREA)

    was = [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 104, 161, 160, 42, 0],
        [0, 0, 160, 0, 0, 1, 0],
        [0, 0, 151, 163, 154, 7, 0],
        [0, 0, 0, 0, 100, 91, 0],
        [0, 0, 88, 124, 189, 13, 0],
        [0, 0, 49, 37, 11, 0, 0],
    ]
    assert np.abs(picture.astype(int) - was).max() <= 3


@pytest.mark.parametrize("version", [0, 99, -1])
def test_an_unknown_version_is_named(version: int) -> None:
    with pytest.raises(rasterize.UnknownInkVersion, match=str(version)):
        rasterize.from_strokes(parse(TWO, width=100, height=100), version=version)
    with pytest.raises(rasterize.UnknownInkVersion, match=str(version)):
        rasterize.from_image(drawn(TWO), version=version)
