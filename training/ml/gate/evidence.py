"""The evidence that the gate judges: what champion and challenger predict on the same samples."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizer.inference.classes import NOT_A_DIGIT
from training.ml.arrays import Flags, Floats, Integers
from training.ml.network.predictions import Agreement, Predictions

# Each drawing is tested in up to VIEWS views, of which the first is as drawn and the others are
# augmented: with few errors to count, they say more of a drawing than one reading does. Where there
# are many drawings fewer views will do, so that both networks read about MOST_READ pictures.
VIEWS, MOST_READ = 9, 20_000
# Evidence in figures, as gather.summary makes them: what a run stores.
EvidenceSummary = dict[str, Any]


def views(drawings: int) -> int:
    """In how many views each of `drawings` drawings is tested: 1 to VIEWS."""
    return int(np.clip(MOST_READ // max(1, drawings), 1, VIEWS))


@dataclass(frozen=True)
class PredictionPair:
    """What both networks predict of the same N pictures."""

    champion: Predictions
    challenger: Predictions

    def of(self, chosen: Flags) -> "PredictionPair":
        """The predictions of the pictures that the flags [N] choose."""
        return PredictionPair(self.champion.of(chosen), self.challenger.of(chosen))


@dataclass(frozen=True)
class Views:
    """Both networks' probabilities for N drawings in V views, as drawn first: float [N, V, 10]."""

    champion: Floats
    challenger: Floats

    def of(self, chosen: Flags) -> "Views":
        """The views of the drawings that the flags [N] choose."""
        return Views(self.champion[chosen], self.challenger[chosen])

    @property
    def as_drawn(self) -> "Views":
        """The first view alone: float [N, 1, 10]."""
        return Views(self.champion[:, :1], self.challenger[:, :1])


@dataclass(frozen=True)
class Evidence:
    """Everything that the gate's rules see. Labels are 0 to 9; a drawing's may be NOT_A_DIGIT.

    `drawings` are labelled drawings that neither network learned from. Those flagged in `holdout`
    belong to the fixed holdout, and the challenger itself read them. The others are training
    drawings, each read out of fold: by a network of the challenger's recipe that was fine-tuned
    without it. `views` are the same drawings in all their views, read by the same networks.
    `out_of_distribution` are generated pictures of no digit. `regressions` counts the drawings of
    the regression set, and `lost` has the ids of those that the challenger gets wrong.

    Raises ValueError when lengths do not fit together.
    """

    mnist: PredictionPair
    mnist_labels: Integers  # [M]
    shipped_errors: int | None  # of the version that ships, on the same images
    drawings: PredictionPair
    views: Views
    drawing_labels: Integers  # [N]
    ids: Integers  # [N]
    holdout: Flags  # [N]
    out_of_distribution: PredictionPair
    regressions: int
    lost: list[int]
    export: Agreement
    milliseconds: tuple[float, float]  # per digit, champion and challenger

    def __post_init__(self) -> None:
        _must_fit(self.mnist, self.mnist_labels)
        columns = self.views.champion, self.views.challenger
        _must_fit(self.drawings, self.drawing_labels, self.ids, self.holdout, *columns)
        _must_fit(self.out_of_distribution)

    @property
    def digits(self) -> Flags:
        """Which drawings are digits [N]."""
        return self.drawing_labels != NOT_A_DIGIT


def right(predictions: Predictions, labels: Integers) -> Flags:
    """Which predictions are right [N]: the digit's, or for NOT_A_DIGIT that it was turned away."""
    return np.where(labels == NOT_A_DIGIT, ~predictions.accepted, predictions.digits == labels)


def as_drawn(pair: PredictionPair) -> Views:
    """The predictions of drawings [N] as their only view."""
    return Views(pair.champion.probabilities[:, None], pair.challenger.probabilities[:, None])


def _must_fit(pair: PredictionPair, *columns: npt.NDArray[Any]) -> None:
    count = len(pair.champion.is_digit)
    lengths = {len(column) for column in (*columns, pair.challenger.is_digit)}
    shapes = {pair.champion.probabilities.shape, pair.challenger.probabilities.shape}
    if lengths != {count} or shapes != {(count, 10)}:
        raise ValueError(f"lengths {sorted(lengths)} and shapes {shapes} do not fit {count}")
