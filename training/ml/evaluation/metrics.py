"""How good predictions are: accuracy, calibration, and out-of-distribution detection.

Pure functions of probabilities and labels. What scikit-learn can measure is left to it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from training.ml.arrays import Floats, Integers
from training.ml.evaluation.reliability import (
    ReliabilityBin,
    expected_calibration_error,
    reliability,
)

DIGITS = tuple(range(10))
SURE = 0.95


@dataclass(frozen=True)
class Evaluation:
    """How N digits are read. Shares are 0 to 1, lists are by digit; `nll` is in nats.

    `confusion[t][p]` counts digits t that were read as p; `sure_errors` those read wrongly with a
    probability of SURE or more.
    """

    count: int
    accuracy: float
    errors: int
    sure_errors: int
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
    """Measure probabilities [N, 10] against labels [N], 0 to 9.

    Raises ValueError when N is 0 or the shapes do not fit.
    """
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
        sure_errors=int(((answers != labels) & (probabilities.max(axis=1) >= SURE)).sum()),
        nll=float(log_loss(labels, _proper(probabilities), labels=DIGITS)),
        ece=expected_calibration_error(bins),
        precision=precision.tolist(),
        recall=recall.tolist(),
        f1=f1.tolist(),
        support=support.tolist(),
        confusion=confusion_matrix(labels, answers, labels=DIGITS).tolist(),
        reliability=bins,
    )


@dataclass(frozen=True)
class OodScores:
    """How well `is_digit` separates digits from everything else; all are shares, 0 to 1."""

    auroc: float
    digits_accepted: float
    others_accepted: float
    others_accepted_at_99: float


def ood_scores(digits: Floats, others: Floats, *, threshold: float = 0.5) -> OodScores:
    """Measure is_digit [N] of digits against is_digit [M] of non-digits, both 0 to 1.

    `others_accepted_at_99` is the share accepted by the threshold that 99% of the digits pass.
    Raises ValueError where either is empty.
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
    """What a threshold of `asked` on is_digit does: the shares of digits and others refused."""

    asked: float
    digits_refused: float
    others_refused: float


def thresholds(digits: Floats, others: Floats, *, asked: Sequence[float]) -> list[Threshold]:
    """For each threshold asked for, what it does to is_digit [N] of digits and [M] of others."""
    return [
        Threshold(one, float((digits < one).mean()), float((others < one).mean())) for one in asked
    ]


def _proper(probabilities: Floats) -> Floats:
    # Rows of float32 add up to 1 only nearly, of which log_loss would warn.
    exact = probabilities.astype(np.float64)
    return exact / exact.sum(axis=1, keepdims=True)
