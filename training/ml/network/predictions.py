"""The predictions of one network for many images."""

from dataclasses import dataclass

from training.ml.arrays import Flags, Floats, Integers


@dataclass(frozen=True)
class Predictions:
    """One network's calibrated output for N images, and the threshold of acceptance."""

    probabilities: Floats  # [N, 10]
    is_digit: Floats  # [N], 0 to 1
    least_is_digit: float = 0.5  # an image with less is rejected as no digit

    @property
    def digits(self) -> Integers:
        """The most probable digits, [N]."""
        return self.probabilities.argmax(axis=1)

    @property
    def accepted(self) -> Flags:
        """Whether each is accepted as a digit, bool [N]."""
        return self.is_digit >= self.least_is_digit

    def of(self, chosen: Flags) -> "Predictions":
        """The predictions for those images that the flags [N] choose."""
        return Predictions(self.probabilities[chosen], self.is_digit[chosen], self.least_is_digit)


@dataclass(frozen=True)
class Agreement:
    """How far an exported file lies from torch: the share of answers with another digit, and the
    mean absolute difference of the probabilities."""

    changed: float
    difference: float
