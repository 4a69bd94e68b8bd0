"""Reading pictures with an exported file, as the site does."""

import time

import numpy as np
import numpy.typing as npt

from recognizer.inference.classifier import Session
from training.ml.arrays import Images
from training.ml.network.predictions import Predictions

TIMED = 300


class Reader:
    """One exported file, run as it serves: on one thread, with the site's threshold."""

    def __init__(self, onnx: bytes, *, least_is_digit: float = 0.5) -> None:
        self._session = Session(onnx)
        self._least_is_digit = least_is_digit

    def read(self, images: Images) -> Predictions:
        """What it says of uint8 [N, 28, 28]."""
        said = self._session.run(images)
        return Predictions(said.probabilities, said.is_digit, self._least_is_digit)

    def embed(self, images: Images) -> npt.NDArray[np.float32]:
        """The embedding [N, D] of uint8 [N, 28, 28]."""
        return self._session.run(images).embedding

    def milliseconds(self, image: Images) -> float:
        """How long it takes for one image [1, 28, 28]."""
        began = time.perf_counter()
        self._session.run(image)
        return (time.perf_counter() - began) * 1000


def times(
    champion: Reader, challenger: Reader, image: Images, *, turns: int = TIMED
) -> tuple[float, float]:
    """Milliseconds a digit of both, the medians of readings taken in turns."""
    taken = [(champion.milliseconds(image), challenger.milliseconds(image)) for _ in range(turns)]
    mine, theirs = zip(*taken, strict=True)
    return float(np.median(mine)), float(np.median(theirs))
