"""Tests the synthetic non-digits."""

import numpy as np

from training.ml.synthesis import invented_signs, letters, non_digits


def test_the_seed_fixes_them(small) -> None:
    first, again, other = (
        non_digits.make(small.train_images, small.train_labels, count=40, seed=seed, version=1)
        for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_they_are_fitted_as_ink_is(small) -> None:
    made = non_digits.make(small.train_images, small.train_labels, count=200, seed=1, version=1)
    assert made.shape == (200, 28, 28)
    assert made.dtype == np.uint8
    assert (made.max((1, 2)) > 60).all()
    rows = np.arange(28)
    mass = made.sum((1, 2), dtype=float)
    assert np.abs((made.sum(2) * rows).sum(1) / mass - 13.5).max() < 2.5


def test_fit_fills_the_box_and_centres() -> None:
    page = np.zeros((100, 60), np.uint8)
    page[10:60, 5:15] = 255
    fitted = non_digits.fit(page)
    rows, columns = np.nonzero(fitted)
    assert rows.max() - rows.min() + 1 == 20
    assert columns.max() - columns.min() + 1 == 4
    assert abs(rows.mean() - 13.5) <= 0.5
    assert abs(columns.mean() - 13.5) <= 0.5


def test_a_turned_digit_is_one_that_turning_makes_strange(small) -> None:
    random = np.random.default_rng(1)
    eights = small.train_labels == 8
    sevens = small.train_labels == 7
    mixed = np.concatenate([small.train_images[eights], small.train_images[sevens]])
    labels = np.concatenate([small.train_labels[eights], small.train_labels[sevens]])
    known = {image.tobytes() for image in turns(small.train_images[sevens])}
    for _ in range(20):
        assert non_digits.turned(mixed, labels, random).tobytes() in known


MAKERS = {
    letters: ("printed", "handwritten"),
    invented_signs: ("sign", "dots"),
    non_digits: ("blotch", "scribble", "thicket", "heart", "lines", "turned", "overlaid", "beside"),
}


def test_every_kind_is_among_them(small, monkeypatch) -> None:
    made = []
    for room, names in MAKERS.items():
        for name in names:
            maker = getattr(room, name)

            def noted(*how, maker=maker, name=name, **version):
                made.append(name)
                return maker(*how, **version)

            monkeypatch.setattr(room, name, noted)
    non_digits.make(small.train_images, small.train_labels, count=800, seed=1, version=1)
    assert set(made) == {name for names in MAKERS.values() for name in names}


def turns(images: np.ndarray) -> list[np.ndarray]:
    mirrored = [image[:, ::-1] for image in images]
    return [*mirrored, *(np.rot90(image, k) for image in images for k in (1, 2, 3))]
