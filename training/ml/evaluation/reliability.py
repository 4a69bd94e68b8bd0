"""How well confidence is calibrated: reliability bins and the expected calibration error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.ml.arrays import Flags, Floats, Integers

BINS = 15


@dataclass(frozen=True)
class ReliabilityBin:
    """Predictions of like confidence: how many, their mean confidence, the share that is right."""

    count: int
    confidence: float
    accuracy: float


def reliability(
    probabilities: Floats, labels: Integers, *, bins: int = BINS
) -> list[ReliabilityBin]:
    """Predictions from probabilities [N, 10] and labels [N], sorted into equally wide bins by
    confidence, which is the highest probability."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    # A bin includes its upper edge, as in C. Guo et al., "On Calibration of Modern Neural Networks"
    # (2017): a confidence of 1 is in the last one.
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return [_bin(confidence[place == k], right[place == k]) for k in range(bins)]


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """The mean distance of confidence from accuracy, weighted by count: 0 (perfect) to 1.

    Raises ZeroDivisionError where all bins are empty.
    """
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total


def _bin(confidence: Floats, right: Flags) -> ReliabilityBin:
    if len(confidence) == 0:
        return ReliabilityBin(count=0, confidence=0.0, accuracy=0.0)
    return ReliabilityBin(len(confidence), float(confidence.mean()), float(right.mean()))
