"""What the gate is shown, the numbers it judges by, and what it answers."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.ml.arrays import Flags, Floats, Integers
from training.ml.data.classes import NOT_A_DIGIT
from training.ml.network.predictions import Predictions

Figures = dict[str, Any]


# In so many views a drawing is tested, as drawn and augmented: with few mistakes to count, how
# well it is read on another day says more than one reading does. Many drawings need fewer.
VIEWS, MOST_READ = 9, 20_000


def views(drawings: int) -> int:
    """In how many views each of so many drawings is tested, as drawn among them."""
    return int(np.clip(MOST_READ // max(1, drawings), 1, VIEWS))


@dataclass(frozen=True)
class PredictionPair:
    """What both networks said of the same pictures."""

    champion: Predictions
    challenger: Predictions

    def of(self, chosen: Flags) -> "PredictionPair":
        """What both said of those chosen by flags [N]."""
        return PredictionPair(self.champion.of(chosen), self.challenger.of(chosen))


@dataclass(frozen=True)
class Views:
    """How probable both networks found each digit of N drawings, in V views, as drawn
    first: float [N, V, 10]."""

    champion: Floats
    challenger: Floats

    def of(self, chosen: Flags) -> "Views":
        """Those of the drawings chosen by flags [N]."""
        return Views(self.champion[chosen], self.challenger[chosen])

    @property
    def as_drawn(self) -> "Views":
        """The drawings as drawn alone."""
        return Views(self.champion[:, :1], self.challenger[:, :1])


@dataclass(frozen=True)
class Evidence:
    """All that the gate knows. Integers are 0 to 9, of drawings also 10: not a digit.

    `drawings` are labelled drawings that neither network learned from. Where `holdout` is set, they
    are of the sticky holdout and the challenger itself read them. Elsewhere they are training
    drawings, each read by a network of the challenger's recipe that was tuned without it.
    `views` are the same drawings in augmented views too, read by the same networks.
    `strangers` are made pictures of no digit. `regressions` counts the reviewed mistakes that some
    champion got right; `lost` are the drawings among them that the challenger gets wrong.
    Raises ValueError when lengths do not fit.
    """

    mnist: PredictionPair
    mnist_labels: Integers  # [M]
    shipped_errors: int | None  # of the version that ships, on the same images
    drawings: PredictionPair
    views: Views
    drawing_labels: Integers  # [N]
    ids: Integers  # [N]
    holdout: Flags  # [N]
    strangers: PredictionPair
    regressions: int
    lost: list[int]
    export_difference: float
    milliseconds: tuple[float, float]  # a digit, champion and challenger

    def __post_init__(self) -> None:
        _must_fit(self.mnist, self.mnist_labels)
        columns = self.views.champion, self.views.challenger
        _must_fit(self.drawings, self.drawing_labels, self.ids, self.holdout, *columns)
        _must_fit(self.strangers)

    @property
    def digits(self) -> Flags:
        """Which drawings are digits [N]."""
        return self.drawing_labels != NOT_A_DIGIT


@dataclass(frozen=True)
class RuleVerdict:
    """What one rule says, in a sentence for staff and in figures."""

    rule: str
    passed: bool
    words: str
    figures: Figures


@dataclass(frozen=True)
class Decision:
    """Promote or not; `test` names the test that spoke for better: mcnemar, crossed or none."""

    promote: bool
    test: str
    words: str
    verdicts: list[RuleVerdict]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def right(said: Predictions, labels: Integers) -> Flags:
    """Whether each answer is right [N]: the digit, or for label 10 that it was turned away."""
    return np.where(labels == NOT_A_DIGIT, ~said.accepted, said.digits == labels)


def as_drawn(pair: PredictionPair) -> Views:
    """What both said of drawings [N], as drawn alone."""
    return Views(pair.champion.probabilities[:, None], pair.challenger.probabilities[:, None])


def _must_fit(pair: PredictionPair, *columns: npt.NDArray[Any]) -> None:
    count = len(pair.champion.is_digit)
    lengths = {len(column) for column in (*columns, pair.challenger.is_digit)}
    shapes = {pair.champion.probabilities.shape, pair.challenger.probabilities.shape}
    if lengths != {count} or shapes != {(count, 10)}:
        raise ValueError(f"lengths {sorted(lengths)} and shapes {shapes} do not fit {count}")


def too_many(lost: int, count: int, points: float, few: int) -> bool:
    """Whether `lost` of `count` is more than `points` hundredths, and `few` at least.

    Of twenty drawings one is five points already: a share of few drawings refuses nobody.
    """
    return lost >= few and lost > points / 100 * count
