"""Reads and writes Y. LeCun's idx format, which MNIST's four files have."""

import numpy as np

from training.ml.arrays import Images

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"
NAMES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

# Two zero bytes, then the data type (8: bytes), then the number of dimensions.
BYTES = 8


def encode(array: Images) -> bytes:
    """An array of bytes of any shape as an idx file."""
    head = np.array([BYTES << 8 | array.ndim, *array.shape], dtype=">u4").tobytes()
    return head + np.ascontiguousarray(array, dtype=np.uint8).tobytes()


def decode(raw: bytes) -> Images:
    """The array of bytes in an idx file, which the caller has verified."""
    dimensions = raw[3]
    shape = np.frombuffer(raw, dtype=">u4", count=dimensions, offset=4).tolist()
    return np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * dimensions).reshape(shape).copy()
