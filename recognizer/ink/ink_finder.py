"""The network that finds ink: a small U-Net (O. Ronneberger, P. Fischer and T. Brox, "U-Net:
Convolutional Networks for Biomedical Image Segmentation", 2015), run by ONNX Runtime.

It is part of version 2 of the ink and therefore never changes.
"""

import hashlib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

FILE = Path(__file__).parents[1] / "shipped" / "ink_finder_v2.onnx"
SHA256 = "116da48a8eae401e1fbf4af3086356ec78f7fa6ad166df32213204f87aa00926"
# The network looks at a square of so many pixels a side.
SIDE = 192
# Its darkest and lightest hundredth are nobody's ink or paper.
EXTREMES = (1, 99)

Plane = NDArray[np.float32]


class InkFinderDamaged(Exception):
    """The network that came with the repository is not the one that version 2 was made with."""


def find(plane: Plane) -> Plane:
    """How much of each pixel is dark ink, 0 to 1, float32 [h, w]: of a picture of one channel,
    float32 [H, W], scaled so that its longer side is SIDE. Of light ink the negative shows as
    much. Raises InkFinderDamaged."""
    small = scaled(plane)
    height, width = small.shape
    [[ink]] = _session().run(["ink"], {"picture": seen(small)[None]})
    return np.asarray(ink[:height, :width], np.float32)


def scaled(plane: Plane) -> Plane:
    """A channel, or its ink, larger or smaller, so that its longer side is SIDE."""
    height, width = plane.shape
    factor = SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(plane, size, interpolation=way), np.float32)


def seen(small: Plane) -> Plane:
    """What the network sees of a scaled channel, float32 [2, SIDE, SIDE]: its levels from -1 to 1,
    and where the picture is (1) rather than the rest of the square (0)."""
    low, high = np.percentile(small, EXTREMES).tolist()
    page = np.zeros((2, SIDE, SIDE), np.float32)
    height, width = small.shape
    page[0, :height, :width] = np.clip((small - low) * (2 / max(high - low, 1e-6)) - 1, -1.5, 1.5)
    page[1, :height, :width] = 1
    return page


@cache
def _session() -> ort.InferenceSession:
    content = FILE.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InkFinderDamaged(f"{FILE.name} does not have the SHA-256 of ink version 2.")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
