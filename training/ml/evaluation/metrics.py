"""How good answers are: pure functions of probabilities and labels."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from training.ml.arrays import Floats, Integers

BINS = 15
DIGITS = tuple(range(10))


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of like confidence: how many, how sure on average, and the share that is right."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Evaluation:
    """All shares are 0 to 1. `confusion[t][p]` counts digits t that were read as p."""

    count: int
    accuracy: float
    errors: int
    nll: float
    ece: float
    precision: list[float]
    recall: list[float]
    f1: list[float]
    support: list[int]
    confusion: list[list[int]]
    reliability: list[ReliabilityBin]

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and lists, ready for JSON."""
        return asdict(self)


def evaluate(probabilities: Floats, labels: Integers) -> Evaluation:
    """Measure probabilities [N, 10] against labels [N]; raises ValueError when N is 0."""
    if len(labels) == 0 or probabilities.shape != (len(labels), len(DIGITS)):
        raise ValueError(f"probabilities {probabilities.shape} do not fit {len(labels)} labels")
    answers = probabilities.argmax(axis=1)
    bins = reliability(probabilities, labels)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, answers, labels=DIGITS, zero_division=0
    )
    return Evaluation(
        count=len(labels),
        accuracy=float(accuracy_score(labels, answers)),
        errors=int((answers != labels).sum()),
        nll=float(log_loss(labels, _proper(probabilities), labels=DIGITS)),
        ece=expected_calibration_error(bins),
        precision=precision.tolist(),
        recall=recall.tolist(),
        f1=f1.tolist(),
        support=support.tolist(),
        confusion=confusion_matrix(labels, answers, labels=DIGITS).tolist(),
        reliability=bins,
    )


def reliability(
    probabilities: Floats, labels: Integers, *, bins: int = BINS
) -> list[ReliabilityBin]:
    """Answers sorted into equally wide bins of confidence (the highest probability)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    # A bin holds its upper edge, as in C. Guo's paper (2017): a confidence of 1 is in the last.
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return [_bin(confidence[place == k], right[place == k]) for k in range(bins)]


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """How far confidence lies from the share that is right, weighted by count; 0 is perfect."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total


@dataclass(frozen=True)
class OodScores:
    """How well `is_digit` tells digits from what is none; all are shares."""

    auroc: float
    digits_accepted: float
    others_accepted: float
    others_accepted_at_99: float


def ood_scores(digits: Floats, others: Floats, *, threshold: float = 0.5) -> OodScores:
    """Measure is_digit [N] of digits against is_digit [M] of what is no digit.

    `others_accepted_at_99` is the share accepted by the threshold that 99 % of digits pass.
    """
    truth = np.concatenate([np.ones(len(digits)), np.zeros(len(others))])
    at_99 = np.quantile(digits, 0.01)
    return OodScores(
        auroc=float(roc_auc_score(truth, np.concatenate([digits, others]))),
        digits_accepted=float((digits >= threshold).mean()),
        others_accepted=float((others >= threshold).mean()),
        others_accepted_at_99=float((others >= at_99).mean()),
    )


@dataclass(frozen=True)
class Threshold:
    """What it costs and gains to ask this of is_digit: shares of digits and others refused."""

    asked: float
    digits_refused: float
    others_refused: float


def thresholds(digits: Floats, others: Floats, *, asked: Sequence[float]) -> list[Threshold]:
    """For each, what it does to is_digit [N] of digits and [M] of what is no digit."""
    return [
        Threshold(one, float((digits < one).mean()), float((others < one).mean())) for one in asked
    ]


def _bin(confidence: Floats, right: npt.NDArray[np.bool_]) -> ReliabilityBin:
    if len(confidence) == 0:
        return ReliabilityBin(count=0, confidence=0.0, accuracy=0.0)
    return ReliabilityBin(len(confidence), float(confidence.mean()), float(right.mean()))


def _proper(probabilities: Floats) -> Floats:
    # float32 rows add up to 1 only nearly; log_loss warns of that.
    exact = probabilities.astype(np.float64)
    return exact / exact.sum(axis=1, keepdims=True)
