"""Tests the parsing of strokes from JSON, and what is refused."""

import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.ink.strokes import MAX_POINTS, MAX_STROKES, BadStrokes, parse
from recognizer.ink.strokes import as_json as to_json


def test_points_and_starts_are_kept_in_order() -> None:
    drawing = parse([[[1, 2], [3, 4]], [[5.5, 6]]], width=300, height=200)

    assert drawing.points[:, :2].tolist() == [[1, 2], [3, 4], [5.5, 6]]
    assert drawing.points.dtype == np.float32
    assert drawing.starts.tolist() == [0, 2]
    assert (drawing.width, drawing.height) == (300.0, 200.0)


def test_iterating_gives_each_stroke() -> None:
    drawing = parse([[[1, 2], [3, 4]], [[5, 6]]], width=10, height=10)

    assert [stroke[:, :2].tolist() for stroke in drawing] == [[[1, 2], [3, 4]], [[5, 6]]]


def test_points_of_different_lengths_may_be_mixed() -> None:
    drawing = parse([[[1, 2], [3, 4, 50], [5, 6, 60, 0.5]]], width=10, height=10)

    table = drawing.points.tolist()
    assert table[2] == [5, 6, 60, 0.5]
    assert table[1][:3] == [3, 4, 50] and np.isnan(table[1][3])
    assert table[0][:2] == [1, 2] and np.isnan(table[0][2:]).all()


def test_a_pointer_that_leaves_the_canvas_a_little_is_kept() -> None:
    drawing = parse([[[-30, 10], [130, 10]]], width=100, height=50)

    assert drawing.points[:, 0].tolist() == [-30, 130]


@pytest.mark.parametrize(
    ("strokes", "message"),
    [
        ([], "no strokes"),
        ([[]], "Stroke 1 has no points"),
        ([[[1, 1]], []], "Stroke 2 has no points"),
        (None, "must be a list of strokes"),
        ("strokes", "must be a list of strokes"),
        ({"0": [[1, 1]]}, "must be a list of strokes"),
        (["ab"], "Stroke 1 must be a list of points"),
        ([[1, 2]], "Point 1 must be a list"),
        ([["ab"]], "Point 1 must be a list"),
        ([[[1, 1], {"x": 1, "y": 2}]], "Point 2 must be a list"),
        ([[[1]]], "Point 1 has 1 numbers"),
        ([[[1, 2], []]], "Point 2 has 0 numbers"),
        ([[[1, 2, 3, 0.5, 5]]], "Point 1 has 5 numbers"),
        ([[["1", "2"]]], "must be a number"),
        ([[[1, None]]], "must be a number"),
        ([[[True, False]]], "must be a number"),
        ([[[[1], [2]]]], "must be a number"),
        ([[[[[[[1, 2]]]], 3]]], "must be a number"),
        ([[[float("nan"), 1]]], "finite"),
        ([[[1, float("inf")]]], "finite"),
        ([[[1, float("-inf")]]], "finite"),
        ([[[1, 2, float("nan")]]], "finite"),
        ([[[1, 10**400]]], "too large"),
        ([[[1, 1], [1e30, 1]]], "Point 2: x must lie between"),
        ([[[1, 201]]], "Point 1: y must lie between"),
        ([[[-101, 1]]], "Point 1: x must lie between"),
        ([[[1, 1, -1]]], "Point 1: t must lie between"),
        ([[[1, 1, 1e300]]], "Point 1: t must lie between"),
        ([[[1, 1, 1, -0.1]]], "Point 1: pressure must lie between"),
        ([[[1, 1, 1, 1.1]]], "Point 1: pressure must lie between"),
        ([[[1, 1]]] * (MAX_STROKES + 1), "201 strokes"),
        ([[[1, 1]] * (MAX_POINTS + 1)], "5001 points"),
    ],
)
def test_bad_strokes_are_refused_in_one_sentence(strokes: object, message: str) -> None:
    with pytest.raises(BadStrokes, match=message) as caught:
        parse(strokes, width=100, height=100)

    said = str(caught.value)
    assert said.endswith(".") and "\n" not in said and len(said) < 120


def test_as_many_strokes_and_points_as_allowed_are_read() -> None:
    each = MAX_POINTS // MAX_STROKES

    drawing = parse([[[1, 1]] * each] * MAX_STROKES, width=100, height=100)

    assert len(drawing.points) == MAX_POINTS and len(drawing.starts) == MAX_STROKES


@pytest.mark.parametrize(
    "side", [0, -1, "100", None, True, float("nan"), float("inf"), 1e9, 10**400, [100], 1e-30]
)
@pytest.mark.parametrize("name", ["width", "height"])
def test_a_bad_canvas_is_refused_by_name(side: object, name: str) -> None:
    sides: dict[str, object] = {"width": 100, "height": 100, name: side}

    with pytest.raises(BadStrokes, match=f"The {name} of the canvas must"):
        parse([[[1, 1]]], width=sides["width"], height=sides["height"])


def test_strokes_go_to_json_and_come_back() -> None:
    given_strokes = [[[1.5, 2.25], [3.125, 4, 17]], [[0.1, 250.333, 20.5, 0.25]]]

    drawing = parse(given_strokes, width=280, height=280)

    assert to_json(drawing) == given_strokes
    json.dumps(to_json(drawing), allow_nan=False)


_numbers = st.floats(-100, 200, allow_nan=False) | st.integers(-100, 200)
_times = st.floats(0, 60_000) | st.integers(0, 60_000)
_points = (
    st.tuples(_numbers, _numbers)
    | st.tuples(_numbers, _numbers, _times)
    | st.tuples(_numbers, _numbers, _times, st.floats(0, 1))
).map(list)


@settings(deadline=None)
@given(st.lists(st.lists(_points, min_size=1, max_size=8), min_size=1, max_size=8))
def test_what_went_to_json_reads_as_the_same(strokes: list[list[list[float]]]) -> None:
    drawing = parse(strokes, width=100, height=100)

    again = parse(to_json(drawing), width=100, height=100)

    assert [len(stroke) for stroke in again] == [len(stroke) for stroke in strokes]
    assert np.array_equal(np.isnan(again.points), np.isnan(drawing.points))
    assert np.allclose(again.points, drawing.points, atol=0.01, equal_nan=True)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
)


@pytest.mark.slow
@settings(deadline=None)
@given(_json, _json, _json)
def test_whatever_json_holds_is_read_or_refused_by_name(
    value: object, width: object, height: object
) -> None:
    try:
        drawing = parse(value, width=width, height=height)
    except BadStrokes:
        return
    assert np.isfinite(drawing.points[:, :2]).all()


def test_reading_150_points_takes_well_under_half_a_millisecond() -> None:
    strokes = [[[float(x), float(x) / 2, x * 8] for x in range(50)]] * 3
    parse(strokes, width=280, height=280)

    def once() -> float:
        start = time.perf_counter()
        parse(strokes, width=280, height=280)
        return time.perf_counter() - start

    assert min(once() for _ in range(50)) < 0.0005
