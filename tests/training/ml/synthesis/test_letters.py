"""Tests the letters of many scripts."""

import numpy as np
import pytest

from training.ml.synthesis import letters


@pytest.mark.parametrize("font", letters.FONTS)
def test_no_letter_looks_like_a_digit(font) -> None:
    drawn = set(letters.letters(font))
    assert drawn.isdisjoint("OolISsZzBbgq0123456789")
    assert drawn.isdisjoint("\u0417\u0437\u0427\u041e\u039f\u04c0")  # like 3, 3, 4, 0, 0, 1
    assert drawn.issuperset("AHKMWxΔΨЖЮ")


def test_scripts_from_far_are_known() -> None:
    assert {"ა", "ⴼ", "ᎀ", "Ա"} & set(letters.letters("DejaVuSans.ttf"))


def test_a_handwritten_letter_is_one_as_ink_shows_it() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        picture = letters.handwritten(random, version=1)
        rows, columns = np.nonzero(picture)
        assert picture.shape == (28, 28)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)


def test_the_random_numbers_fix_what_is_printed() -> None:
    first, again = (letters.printed(np.random.default_rng(3)) for _ in range(2))
    assert (first == again).all()
    assert first.max() == 255
