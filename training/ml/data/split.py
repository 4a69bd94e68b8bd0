"""MNIST's training images, split into training and validation."""

from dataclasses import dataclass

import numpy as np

from training.ml.arrays import Images, Integers
from training.ml.data.mnist import Mnist

VALIDATION = 5_000


# The split is the same for every seed, so that no version is trained on digits by which another was
# chosen.
SPLIT_SEED = 2


@dataclass(frozen=True)
class Split:
    """MNIST's training images, split into training and validation."""

    images: Images
    labels: Integers
    held_images: Images
    held_labels: Integers


def split(data: Mnist, *, limit: int | None = None) -> Split:
    """Holds out VALIDATION images, or a tenth of `limit` where that is fewer."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(data.train_images))
    if limit is not None:
        order = order[:limit]
    held_out, kept = np.split(order, [min(VALIDATION, max(1, len(order) // 10))])
    images, labels = data.train_images, data.train_labels
    return Split(images[kept], labels[kept], images[held_out], labels[held_out])
