"""Tests the synthetic digits."""

import numpy as np
import pytest

from recognizer.ink import rasterize
from training.ml.synthesis import digits
from training.ml.synthesis.digit_styles import EVERY, STYLES


def test_the_seed_fixes_them() -> None:
    (first, labels), (again, _), (other, _) = (
        digits.make(count=30, seed=seed, version=1) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert set(labels) <= set(STYLES)


@pytest.mark.parametrize("digit", EVERY)
def test_every_hand_draws_what_ink_shows_as_it_shows_a_drawing(digit) -> None:
    random = np.random.default_rng(digit)
    for style in EVERY[digit] * 10:
        picture = digits.draw(style(random), random, version=1)
        rows, columns = np.nonzero(picture)
        assert picture.shape == (28, 28)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)


def test_they_are_drawn_as_the_ink_version_asked_for_sees_them() -> None:
    with pytest.raises(rasterize.UnknownInkVersion):
        digits.make(count=1, seed=1, version=99)


def test_rare_styles_are_drawn_where_they_are_asked_for() -> None:
    common, _ = digits.make(count=100, seed=1, version=1)
    both, _ = digits.make(count=100, seed=1, version=1, rare=True)
    assert (common != both).any()


def test_no_two_drawings_are_alike() -> None:
    pictures, _ = digits.make(count=100, seed=1, version=1)
    assert len({picture.tobytes() for picture in pictures}) == 100


def test_rounding_cuts_the_corner_and_keeps_the_ends() -> None:
    corner = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    round_once = digits.rounded(corner, times=1)
    assert round_once[0].tolist() == [0, 0]
    assert round_once[-1].tolist() == [1, 1]
    assert [1.0, 0.0] not in round_once.tolist()
    assert [0.75, 0.0] in round_once.tolist()
