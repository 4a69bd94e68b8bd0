"""Tests the augmentation of strokes."""

import numpy as np
import pytest

from recognizer.ink import rasterize, strokes
from recognizer.ink.strokes import Strokes
from training.ml.synthesis.stroke_augmentation import StrokeAugmentation, vary

USUAL = StrokeAugmentation()
STILL = StrokeAugmentation(rotation=0, slant=0, stretch=0, bend=0, placing=0)


@pytest.fixture
def seven() -> Strokes:
    drawn = [[[40, 40], [160, 45], [110, 120], [90, 220]], [[60, 130], [150, 128]]]
    return strokes.parse(drawn, width=280, height=280)


def pictures(
    drawn: Strokes, *, seed: int = 1, count: int = 4, augmentation: StrokeAugmentation = USUAL
) -> np.ndarray:
    return vary(
        drawn, count=count, random=np.random.default_rng(seed), augmentation=augmentation, version=1
    )


def test_each_picture_is_another(seven) -> None:
    found = pictures(seven)
    assert found.shape == (4, 28, 28)
    assert found.dtype == np.uint8
    assert len({one.tobytes() for one in found}) == 4


def test_the_same_seed_gives_the_same_pictures(seven) -> None:
    np.testing.assert_array_equal(pictures(seven), pictures(seven))


def test_a_hand_that_changes_nothing_leaves_the_drawing(seven) -> None:
    own = rasterize.from_strokes(seven, version=1).astype(int)
    found = pictures(seven, count=1, augmentation=STILL)[0].astype(int)
    assert np.abs(own - found).mean() < 2


def test_it_stays_the_same_digit(seven) -> None:
    """The ink lies mostly where it was: a change of augmentation, not of shape."""
    own = rasterize.from_strokes(seven, version=1) > 100
    for one in pictures(seven, count=8):
        shared = (own & (one > 60)).sum() / own.sum()
        assert shared > 0.4


def test_a_dot_can_be_varied() -> None:
    dot = strokes.parse([[[10, 10]]], width=280, height=280)
    assert pictures(dot).any()
