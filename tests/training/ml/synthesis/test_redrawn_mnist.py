"""Tests redrawing of MNIST's digits."""

import numpy as np

from training.ml.synthesis import redrawn_mnist


def test_each_digit_with_a_line_comes_once_with_its_label(small) -> None:
    pictures, labels = redrawn_mnist.make(small.train_images, small.train_labels, seed=1, version=1)
    assert len(pictures) == len(labels) > 0.98 * len(small.train_labels)
    assert pictures.shape[1:] == (28, 28)
    nothing = np.zeros((3, 28, 28), np.uint8)
    none, no_labels = redrawn_mnist.make(nothing, small.train_labels[:3], seed=1, version=1)
    assert (none.shape, no_labels.shape) == ((0, 28, 28), (0,))


def test_the_pen_is_the_products_own_whatever_the_digits_was(small) -> None:
    # A wide digit would be as dark redrawn as a thin one is, but for its shape.
    def spread(pictures: np.ndarray) -> float:
        return float(np.std([(one > 127).sum() for one in pictures]))

    ones = small.train_images[small.train_labels == 1]
    redrawn, _ = redrawn_mnist.make(ones, np.ones(len(ones), np.uint8), seed=1, version=1)
    assert spread(redrawn) < spread(ones)


def test_the_seed_fixes_them(small) -> None:
    some = small.train_images[:20], small.train_labels[:20]
    (first, _), (again, _), (other, _) = (
        redrawn_mnist.make(*some, seed=seed, version=1) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
