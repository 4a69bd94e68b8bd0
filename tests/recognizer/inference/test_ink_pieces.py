"""Ink in pieces: what is cut, hidden and left out."""

from itertools import pairwise

import numpy as np
import pytest

from recognizer.inference import ink_pieces
from recognizer.inference.ink_pieces import PicturePieces, StrokePieces
from recognizer.ink import rasterize
from recognizer.ink.strokes import Strokes, parse
from tests.recognizer.images import seven
from tests.recognizer.ink.test_rasterize import FIVE, TWO

LINE = [[[50, 10], [50, 90]]]
DOT = [[[50, 50]]]
MANY = [[[x * 4, y * 20], [x * 4 + 2 + y, y * 20 + 9]] for x in range(20) for y in range(5)]


def drawn(strokes: list, *, side: float = 100) -> Strokes:
    return parse(strokes, width=side, height=side)


def cut(strokes: list) -> StrokePieces:
    return StrokePieces(drawn(strokes), version=1)


def uploaded() -> PicturePieces:
    return PicturePieces(np.asarray(seven()), version=1)


@pytest.mark.parametrize("strokes", [TWO, FIVE, LINE])
def test_strokes_are_cut_into_pieces_of_about_one_length(strokes):
    found = cut(strokes)
    # A short line has pieces of a pixel: cut smaller, they would say nothing.
    assert 16 <= len(found.shares) <= 40
    assert found.shares.sum() == pytest.approx(1)
    assert found.shares.max() < 1.5 * found.shares.min()


def test_a_piece_belongs_to_one_stroke_and_begins_where_the_last_ended():
    for number, stroke in enumerate(FIVE):
        lines = [place["points"] for place in cut(FIVE).places if place["stroke"] == number]
        assert lines[0][0] == pytest.approx(stroke[0])
        assert lines[-1][-1] == pytest.approx(stroke[-1])
        assert all(one[-1] == next_[0] for one, next_ in pairwise(lines))


def test_an_underline_is_no_piece_and_the_strokes_keep_their_numbers():
    line = [[10, 130], [90, 130]]
    for strokes, numbers in (([line, *FIVE], {1, 2}), ([*FIVE, line], {0, 1})):
        found = StrokePieces(drawn(strokes, side=140), version=1)
        assert {place["stroke"] for place in found.places} == numbers
        assert np.array_equal(found.picture, cut(FIVE).picture)


def test_points_are_written_finely_on_a_small_canvas():
    small = [[[x / 5000, y / 5000] for x, y in stroke] for stroke in TWO]
    places = StrokePieces(drawn(small, side=0.02), version=1).places
    assert len({tuple(place["points"][0]) for place in places}) == len(places)


def test_the_whole_is_what_the_network_sees():
    assert np.array_equal(cut(TWO).picture, rasterize.from_strokes(drawn(TWO), version=1))
    assert np.array_equal(uploaded().picture, rasterize.from_image(np.asarray(seven()), version=1))


@pytest.mark.parametrize("found", [cut(TWO), cut(FIVE), cut(DOT), uploaded()])
def test_each_piece_is_hidden_and_nothing_else_moves(found):
    hidden = found.hidden()
    assert hidden.shape == (len(found.places), 28, 28) and hidden.dtype == np.uint8
    assert (hidden <= found.picture).all()
    for picture, (x, y) in zip(hidden, found.centres, strict=True):
        rows, columns = np.nonzero(picture != found.picture)
        assert len(rows)
        assert np.hypot(rows - y, columns - x).max() < 6
    # Each bit of the ink is hidden once at least.
    assert (hidden.min(axis=0) <= found.picture // 2).all()


@pytest.mark.parametrize("found", [cut(TWO), cut(FIVE), uploaded()])
def test_a_part_hangs_together_and_is_no_larger_than_asked(found):
    parts = list(found.parts(0.4))
    assert {len(part) for part in parts} >= {1, 2, 3}
    for part in parts:
        assert found.shares[list(part)].sum() <= 0.4 + 1e-9
        assert list(part) == sorted(set(part))


def test_a_part_never_runs_on_into_another_stroke():
    found = cut(FIVE)
    for part in found.parts(1.0):
        assert len({found.places[number]["stroke"] for number in part}) == 1


def test_what_is_left_is_read_as_if_it_alone_had_been_drawn():
    found = cut(FIVE)
    flag = tuple(n for n, place in enumerate(found.places) if place["stroke"] == 1)
    bow = parse(FIVE[:1], width=100, height=100)
    assert (
        np.abs(found.without(flag).astype(int) - rasterize.from_strokes(bow, version=1)).mean() < 1
    )


def test_a_stroke_without_its_middle_is_two():
    found = cut(LINE)
    count = len(found.places)
    upper, lower = found.rest(tuple(range(count // 3, 2 * count // 3)))
    assert upper[0, 1] == 10 and lower[-1, 1] == 90
    assert lower[0, 1] - upper[-1, 1] == pytest.approx(80 / 3, abs=5)


def test_a_square_that_is_left_out_is_black_and_the_rest_stays():
    found = uploaded()
    x, y, width, height = found.places[3]["square"]
    rest = found.without((3,))
    inside = np.zeros((28, 28), bool)
    inside[y : y + height, x : x + width] = True
    assert not rest[inside].any()
    assert np.array_equal(rest[~inside], found.picture[~inside])


def test_of_very_many_strokes_the_longest_are_looked_at():
    found = cut(MANY)
    assert len({place["stroke"] for place in found.places}) == ink_pieces.MOST_STROKES
    assert len(found.places) <= ink_pieces.MOST_STROKES + ink_pieces.PIECES
    rest = found.rest((0,))
    assert len(rest.starts) == len(MANY) - 1


def test_blank_ink_has_no_pieces():
    with pytest.raises(rasterize.NoInk):
        PicturePieces(np.full((50, 50), 255, np.uint8), version=1)
