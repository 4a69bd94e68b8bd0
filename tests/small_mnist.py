"""A small MNIST, 400 training and 100 test images, as files that a site takes for MNIST."""

import hashlib
from pathlib import Path

import numpy as np

from training.ml.data import idx, mnist

FILE = Path(__file__).parent / "fixtures" / "mnist_small.npz"


def load() -> mnist.Mnist:
    with np.load(FILE) as arrays:
        return mnist.Mnist(**{name: arrays[name] for name in arrays.files})


def files() -> dict[str, bytes]:
    """The four idx files, by name."""
    small = load()
    arrays = (small.train_images, small.train_labels, small.test_images, small.test_labels)
    return {name: idx.encode(array) for name, array in zip(idx.NAMES, arrays, strict=True)}


def lay(folder: Path) -> Path:
    """Writes the files there, and the sums that say that they are the ones."""
    folder.mkdir(parents=True)
    sums = []
    for name, content in files().items():
        (folder / name).write_bytes(content)
        sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    (folder / mnist.SUMS).write_text("".join(sums))
    return folder
