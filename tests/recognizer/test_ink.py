import numpy as np
import pytest

from recognizer import ink, strokes


def test_a_drawing_fills_the_box_and_is_centred_by_mass() -> None:
    drawing = strokes.parse([[[10, 10], [60, 10], [20, 90]]], width=100, height=100)

    picture = ink.from_strokes(drawing)

    ys, xs = np.nonzero(picture)
    assert picture.shape == (28, 28) and picture.dtype == np.uint8
    assert np.ptp(ys) + 1 == 20
    assert abs(np.average(ys, weights=picture[ys, xs]) - 14) <= 0.5
    assert abs(np.average(xs, weights=picture[ys, xs]) - 14) <= 0.5


def test_a_version_that_does_not_exist_is_named() -> None:
    drawing = strokes.parse([[[1, 1]]], width=100, height=100)

    with pytest.raises(ink.UnknownInkVersion, match="99"):
        ink.from_strokes(drawing, version=99)
