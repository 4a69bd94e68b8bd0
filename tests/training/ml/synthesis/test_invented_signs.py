"""Tests the invented signs."""

import numpy as np

from training.ml.synthesis import invented_signs


def test_a_sign_is_one_drawing_as_ink_shows_it() -> None:
    random = np.random.default_rng(1)
    signs = [invented_signs.sign(random, version=1) for _ in range(50)]
    assert all(sign.shape == (28, 28) and sign.max() > 200 for sign in signs)
    assert len({sign.tobytes() for sign in signs}) == 50


def test_dots_are_less_ink_than_a_sign() -> None:
    random = np.random.default_rng(1)
    dots = np.mean([invented_signs.dots(random, version=1).sum() for _ in range(50)])
    assert 0 < dots < np.mean([invented_signs.sign(random, version=1).sum() for _ in range(50)])
