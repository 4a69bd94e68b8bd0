"""Tests tracing a picture of a digit as strokes."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from recognizer.ink import rasterize, strokes
from training.ml.synthesis.skeleton import strokes_of, thinned


def drawn(points) -> np.ndarray:
    """A thick line through the points, uint8 [28, 28]."""
    picture = np.zeros((28, 28), np.uint8)
    cv2.polylines(picture, [np.array(points)], isClosed=False, color=255, thickness=3)
    return picture


def test_a_thick_line_becomes_one_pixel_wide():
    line = thinned(drawn([(14, 4), (14, 24)]) > 0)
    assert line.sum(axis=1).max() == 1
    assert 15 <= line.sum() <= 21


def test_an_angle_is_one_stroke_from_end_to_end():
    [stroke] = strokes_of(drawn([(6, 6), (20, 6), (10, 24)]))
    ends = sorted(point[:2] for point in (stroke[0], stroke[-1]))
    assert ends[0] == pytest.approx([65, 65], abs=25)
    assert ends[1] == pytest.approx([105, 240], abs=25)


def test_two_lines_apart_are_two_strokes():
    assert len(strokes_of(drawn([(6, 4), (6, 24)]) | drawn([(20, 4), (20, 24)]))) == 2


def test_a_ring_is_walked_round():
    [stroke] = strokes_of(drawn([(8, 8), (20, 8), (20, 20), (8, 20), (8, 8)]))
    assert len(stroke) > 35


def test_times_grow():
    times = [point[2] for stroke in strokes_of(drawn([(4, 4), (24, 24)])) for point in stroke]
    assert times[0] == 0
    assert all(a < b for a, b in pairwise(times))


def test_nothing_has_no_strokes():
    assert strokes_of(np.zeros((28, 28), np.uint8)) == []


def test_what_is_traced_looks_like_what_was_drawn():
    picture = drawn([(6, 6), (20, 6), (10, 24)])
    traced = strokes.parse(strokes_of(picture), width=280, height=280)
    seen, again = (
        rasterize.from_image(picture, version=1),
        rasterize.from_strokes(traced, version=1),
    )
    assert np.corrcoef(seen.ravel(), again.ravel())[0, 1] > 0.75
