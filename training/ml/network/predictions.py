"""What a network says of many pictures."""

from dataclasses import dataclass

from training.ml.arrays import Flags, Floats, Integers


@dataclass(frozen=True)
class Predictions:
    """What one network said of N pictures."""

    probabilities: Floats  # [N, 10]
    is_digit: Floats  # [N]
    least_is_digit: float = 0.5  # from which on the site takes a picture for a digit

    @property
    def digits(self) -> Integers:
        """The digit of the highest probability [N]."""
        return self.probabilities.argmax(axis=1)

    @property
    def accepted(self) -> Flags:
        """Whether each was taken for a digit [N]."""
        return self.is_digit >= self.least_is_digit

    def of(self, chosen: Flags) -> "Predictions":
        """What it said of those chosen by flags [N]."""
        return Predictions(self.probabilities[chosen], self.is_digit[chosen], self.least_is_digit)
