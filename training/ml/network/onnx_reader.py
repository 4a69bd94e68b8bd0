"""Inference with an exported ONNX file, as on the site, and its speed."""

import time

import numpy as np
import numpy.typing as npt

from recognizer.inference.classifier import Session
from training.ml.arrays import Images
from training.ml.network.predictions import Predictions

TIMED = 300


class Reader:
    """An exported file, run on one thread; `least_is_digit` (0 to 1) is the threshold."""

    def __init__(self, onnx: bytes, *, least_is_digit: float = 0.5) -> None:
        self._session = Session(onnx)
        self._least_is_digit = least_is_digit

    def read(self, images: Images) -> Predictions:
        """Its predictions for uint8 [N, 28, 28]."""
        return self.read_and_embed(images)[0]

    def embed(self, images: Images) -> npt.NDArray[np.float32]:
        """The embeddings [N, D] of uint8 [N, 28, 28]."""
        return self.read_and_embed(images)[1]

    def read_and_embed(self, images: Images) -> tuple[Predictions, npt.NDArray[np.float32]]:
        """Its predictions and the embeddings [N, D] for uint8 [N, 28, 28], in one run."""
        output = self._session.run(images)
        predictions = Predictions(output.probabilities, output.is_digit, self._least_is_digit)
        return predictions, output.embedding

    def milliseconds(self, image: Images) -> float:
        """How long one run takes for an image, uint8 [1, 28, 28]."""
        began = time.perf_counter()
        self._session.run(image)
        return (time.perf_counter() - began) * 1000


def times(*readers: Reader, image: Images, turns: int = TIMED) -> list[float]:
    """The median milliseconds of each reader for one image, uint8 [1, 28, 28], measured in turns so
    that whatever else the machine does slows all of them."""
    taken = [[reader.milliseconds(image) for reader in readers] for _ in range(turns)]
    return [float(np.median(column)) for column in zip(*taken, strict=True)]
