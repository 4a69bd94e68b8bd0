"""Which pieces of a drawing belong together, without any network."""

import numpy as np
import pytest

from recognizer.inference import segmentation
from recognizer.ink import rasterize
from tests.browser.pointer import FORTY_TWO, FOUR, LETTER_H, SEVEN, TWO, Strokes, moved
from tests.recognizer.images import written
from tests.recognizer.inference.sheets import sheet_of

FIVE_WITH_ITS_HAT_APART: Strokes = [
    [(0.4, 0.25), (0.38, 0.5), (0.6, 0.55), (0.6, 0.75), (0.38, 0.8)],
    [(0.45, 0.12), (0.7, 0.1)],
]
FOUR_OVER_TWO = moved(FOUR, by=0, size=0.4, down=-0.25) + moved(TWO, by=0, size=0.4, down=0.25)
FOUR_POINT_TWO = [*FORTY_TWO, [(0.5, 0.68), (0.51, 0.69)]]
FOUR_TO_THE_TWO = moved(FOUR, by=-0.2, size=0.6) + moved(TWO, by=0.2, size=0.3, down=-0.35)


def grouped(sheet: segmentation.Sheet) -> list[list[int]] | None:
    row = segmentation.row(sheet)
    return row and [sorted(part.tolist()) for part in row.parts]


@pytest.mark.parametrize(
    "shape",
    [TWO, SEVEN, FOUR, FIVE_WITH_ITS_HAT_APART, LETTER_H],
    ids=["2", "crossed 7", "4 in two", "5 with its hat apart", "H"],
)
def test_the_strokes_of_one_digit_belong_together(shape):
    assert segmentation.row(sheet_of(shape)) is None


def test_digits_that_stand_apart_are_a_row_from_left_to_right():
    assert grouped(sheet_of(FORTY_TWO)) == [[0, 1], [2]]
    assert grouped(sheet_of(FORTY_TWO[::-1])) == [[1, 2], [0]]


@pytest.mark.parametrize(
    "shape",
    [FOUR_OVER_TWO, FOUR_POINT_TWO, FOUR_TO_THE_TWO],
    ids=["one over the other", "a dot between", "a power"],
)
def test_what_is_no_row_of_digits_is_none(shape):
    assert segmentation.row(sheet_of(shape)) is None


def test_more_than_eight_parts_are_no_row():
    lines = [[(0.1 * n, 0.2), (0.1 * n, 0.4)] for n in range(1, 10)]
    assert segmentation.row(sheet_of(lines)) is None
    assert len(segmentation.row(sheet_of(lines[:8])).parts) == 8


def test_the_gap_is_a_share_of_the_height():
    ones = [[(0.2, 0.2), (0.2, 0.6)], [(0.4, 0.2), (0.4, 0.6)], [(0.7, 0.3), (0.7, 0.7)]]
    assert segmentation.row(sheet_of(ones)).gap == pytest.approx(0.5, abs=0.01)
    near = [[(0.2, 0.2), (0.2, 0.6)], [(0.23, 0.2), (0.23, 0.6)]]
    assert segmentation.row(sheet_of(near)) is None


def test_a_part_is_drawn_as_if_it_were_alone():
    sheet = sheet_of(FORTY_TWO)
    four, two = segmentation.row(sheet).parts
    assert np.array_equal(sheet.draw(four), sheet_of(FORTY_TWO[:2]).whole)
    assert np.array_equal(sheet.draw(two), sheet_of(FORTY_TWO[2:]).whole)


def test_a_place_is_the_box_of_its_strokes():
    sheet = sheet_of([[(0.1, 0.2), (0.3, 0.7)], [(0.6, 0.2), (0.8, 0.6)]])
    assert sheet.place(np.array([0])) == pytest.approx((28, 56, 56, 140))
    assert sheet.place(np.array([0, 1])) == pytest.approx((28, 56, 196, 140))


def test_an_image_is_divided_as_strokes_are_in_its_own_pixels():
    image = written(FORTY_TWO, size=(1300, 900))  # larger than the ink is looked for at
    sheet = segmentation.of_image(image, version=1)
    assert np.array_equal(sheet.whole, rasterize.from_image(image, version=1))
    four, two = (sheet.place(part) for part in segmentation.row(sheet).parts)
    for place, shape in ((four, FORTY_TWO[:2]), (two, FORTY_TWO[2:])):
        points = np.concatenate(shape) * [1300, 900]
        low, high = points.min(axis=0), points.max(axis=0)
        assert place[:2] == pytest.approx(low, abs=30)
        assert place[2:] == pytest.approx(high - low, abs=60)


def test_a_part_of_an_image_shows_nothing_of_the_others():
    image = written(FORTY_TWO, size=(600, 600))
    sheet = segmentation.of_image(image, version=1)
    left = image.copy()
    left[:, 300:] = left[0, 0]
    alone = rasterize.from_image(left, version=1).astype(int)
    assert np.abs(sheet.draw(segmentation.row(sheet).parts[0]) - alone).mean() < 2


def test_wide_ink_of_an_image_is_sliced_where_there_is_least_of_it():
    touching = written(
        [[(0.2, 0.4), (0.2, 0.6)], [(0.2, 0.5), (0.8, 0.5)], [(0.8, 0.4), (0.8, 0.6)]]
    )
    assert len(segmentation.of_image(touching, version=1).boxes) > 1
    assert len(segmentation.of_image(written(TWO), version=1).boxes) == 1


def test_segments_are_runs_of_what_lies_beside_each_other():
    ones = [[(0.3, 0.2), (0.3, 0.6)], [(0.2, 0.2), (0.2, 0.6)], [(0.4, 0.2), (0.4, 0.6)]]
    found = segmentation.segments(sheet_of(ones))
    assert [(one.first, one.end, one.pieces.tolist()) for one in found] == [
        (0, 1, [1]),
        (0, 2, [1, 0]),
        (1, 2, [0]),
        (1, 3, [0, 2]),
        (2, 3, [2]),
    ]


def test_a_bar_is_not_divided_from_its_digit():
    assert segmentation.segments(sheet_of(SEVEN)) == []


def test_a_drawing_of_many_pieces_is_not_divided():
    lines = [[(0.02 * n, 0.2), (0.02 * n, 0.4)] for n in range(1, 8)]
    assert segmentation.segments(sheet_of(lines)) == []
    assert segmentation.segments(sheet_of(lines[:6]))
