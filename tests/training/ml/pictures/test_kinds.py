"""Pictures of every kind, made from known digits."""

from pathlib import Path

import numpy as np
import pytest

from training.ml.pictures import training_kinds
from training.ml.pictures.canvas import MadePicture
from training.ml.pictures.kinds import KINDS
from training.ml.pictures.writing import Digits

FIXTURE = np.load(Path(__file__).parents[3] / "fixtures" / "mnist_digits.npz")
DIGITS = Digits(FIXTURE["images"], FIXTURE["labels"])
EMPTY = ("blank", "ruled, blank", "squared, blank", "empty note on a desk")


def made(kind: str, seed: int) -> MadePicture:
    return training_kinds.KINDS[kind][0](DIGITS, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", training_kinds.KINDS)
def test_the_seed_fixes_a_picture_and_what_it_shows(kind: str) -> None:
    one, again, other = made(kind, 1), made(kind, 1), made(kind, 2)
    assert np.array_equal(one.image, again.image)
    assert np.array_equal(one.ink, again.ink)
    assert one.expected == again.expected
    assert one.image.shape != other.image.shape or not np.array_equal(one.image, other.image)


@pytest.mark.parametrize("kind", training_kinds.KINDS)
def test_ink_lies_where_the_picture_shows_it(kind: str) -> None:
    for seed in range(3):
        one = made(kind, seed)
        assert one.image.dtype == np.uint8
        assert one.image.shape[:2] == one.ink.shape
        assert one.ink.min() >= 0 and one.ink.max() <= 1
        assert (one.ink.max() > 0.5) == (kind not in EMPTY)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_what_should_be_read(kind: str) -> None:
    named = [made(kind, seed).expected for seed in range(5)]
    nothing = kind in (*EMPTY, "minus five")
    assert all(one == "" if nothing else one.isdecimal() for one in named)


def test_training_pictures_are_of_every_kind() -> None:
    assert sum(training_kinds.weights()) == pytest.approx(1)
    assert {*KINDS} < {*training_kinds.KINDS}
    random = np.random.default_rng(1)
    shapes = {
        training_kinds.one_of_any(DIGITS, random, training_kinds.weights()).image.shape
        for _ in range(20)
    }
    assert len(shapes) > 5
