"""A network in service: ONNX Runtime on one file whose digest was checked."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

SIDE = 28
BATCH = 500
# ONNX Runtime's errors have no common base class.
UNUSABLE = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
    ValueError,
)
OUTPUTS = ["probabilities", "is_digit", "embedding"]


class ArtifactCorrupt(Exception):
    """The file is not the one that was registered, or cannot be run."""


@dataclass(frozen=True)
class Answer:
    """The answer to an image: probabilities of 0 to 9, and the digit, or None.

    `exemplar`: the key of the exemplar that decided it, where exemplars were used (personal.py).
    `swayed`: whether the network alone would name another digit, or none.
    """

    digit: int | None
    confidence: float
    probabilities: list[float]
    is_digit: float
    exemplar: int | None = None
    swayed: bool = False


@dataclass(frozen=True)
class Thresholds:
    """An answer below either threshold names no digit. Both lie in 0..1."""

    confidence: float = 0.5
    is_digit: float = 0.5


class Outputs(NamedTuple):
    """A network's outputs for N images: probabilities float32 [N, 10], is_digit [N], and embeddings
    [N, D], which are near for similar shapes."""

    probabilities: np.ndarray
    is_digit: np.ndarray
    embedding: np.ndarray


class Session:
    """One ONNX file in ONNX Runtime. Raises one of UNUSABLE for what cannot be run."""

    def __init__(self, onnx: bytes, *, threads: int = 1) -> None:
        """`threads`: 0 uses every core."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])

    def run(self, images: np.ndarray) -> Outputs:
        """The outputs for uint8 images [N, 28, 28], white ink on black, computed in batches."""
        if len(images) <= BATCH:
            return Outputs(*self._session.run(OUTPUTS, {"images": images}))
        parts = [self.run(images[at : at + BATCH]) for at in range(0, len(images), BATCH)]
        return Outputs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


class Reads(Protocol):
    """Anything that classifies images: a network alone, or one with exemplars (personal.py)."""

    @property
    def thresholds(self) -> Thresholds: ...

    def classify(self, images: np.ndarray) -> list[Answer]: ...


class Classifier:
    """Runs one ONNX file: uint8 [N, 28, 28] in, one Answer per image out."""

    def __init__(
        self, onnx: bytes, *, sha256: str, thresholds: Thresholds = Thresholds(), threads: int = 1
    ) -> None:
        """Raises ArtifactCorrupt if the content's SHA-256 is not `sha256`, or it cannot be run."""
        if hashlib.sha256(onnx).hexdigest() != sha256:
            raise ArtifactCorrupt(f"The model file’s SHA-256 is not {sha256}.")
        self.sha256 = sha256
        self.thresholds = thresholds
        try:
            self._session = Session(onnx, threads=threads)
            self.classify(np.zeros((1, SIDE, SIDE), np.uint8))  # the first run allocates
        except UNUSABLE as error:
            raise ArtifactCorrupt(f"The model file cannot be run: {error}") from error

    def classify(self, images: np.ndarray) -> list[Answer]:
        """Answers uint8 images [N, 28, 28], white ink on black, in their order."""
        return self.answers(self.outputs(images))

    def outputs(self, images: np.ndarray) -> Outputs:
        """The network's outputs for uint8 images [N, 28, 28]."""
        return self._session.run(images)

    def answers(self, outputs: Outputs) -> list[Answer]:
        """The answers for the network's outputs for N images."""
        rows = zip(outputs.probabilities, outputs.is_digit, strict=True)
        return [self.answer(row, float(score)) for row, score in rows]

    def embed(self, images: np.ndarray) -> np.ndarray:
        """The embeddings of uint8 images [N, 28, 28]: float32 [N, D], near for similar shapes."""
        return self._session.run(images).embedding

    def answer(self, probabilities: np.ndarray, is_digit: float) -> Answer:
        """The answer for probabilities [10] and is_digit, 0 to 1: it abstains below a threshold."""
        best = int(probabilities.argmax())
        confidence = float(probabilities[best])
        sure = confidence >= self.thresholds.confidence and is_digit >= self.thresholds.is_digit
        return Answer(
            digit=best if sure else None,
            confidence=confidence,
            probabilities=probabilities.tolist(),
            is_digit=is_digit,
        )
