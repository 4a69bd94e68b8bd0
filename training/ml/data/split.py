"""MNIST's training images in two: to learn from, and to choose and calibrate by."""

from dataclasses import dataclass

import numpy as np

from training.ml.arrays import Images, Integers
from training.ml.data.mnist import Mnist

VALIDATION = 5_000


# The split is the same for every seed, so that no version learns what another was chosen by.
SPLIT_SEED = 2


@dataclass(frozen=True)
class Split:
    """MNIST's training images in two: to learn from, and to choose and calibrate by."""

    images: Images
    labels: Integers
    held_images: Images
    held_labels: Integers


def split(data: Mnist, *, limit: int | None = None) -> Split:
    """Hold VALIDATION training images out (a tenth of `limit`, when one makes the rest small)."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(data.train_images))
    if limit is not None:
        order = order[:limit]
    held, learnt = np.split(order, [min(VALIDATION, max(1, len(order) // 10))])
    images, labels = data.train_images, data.train_labels
    return Split(images[learnt], labels[learnt], images[held], labels[held])
