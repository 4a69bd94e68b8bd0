"""The gate's thresholds, each with its bounds.

The settings read them before any app is loaded, so this module imports nothing of ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple


def _between(least: float, most: float, *, default: float) -> Any:
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True)
class GateThresholds:
    """The numbers of the gate's rules, which docs/decisions/the-gate.md explains.

    Losses are in percentage points: 0.05 points of 10,000 images are 5 images. The bounds hold for
    what an operator may set: within them every rule can still pass and can still refuse.
    """

    # Accuracy on MNIST's test images that may be lost against the champion, and in all promotions
    # together against the version that ships.
    mnist_loss: float = _between(0, 10, default=0.05)
    shipped_loss: float = _between(0, 10, default=0.10)
    # The share of challengers that are no better and may pass as better. At least 0.001: the fewest
    # flips and the fewest discordant drawings below can reach that p, and no smaller one.
    alpha: float = _between(0.001, 0.5, default=0.04)
    # The same for the drawings as drawn alone; 0.5 asks for no loss.
    alpha_as_drawn: float = _between(0.001, 0.95, default=0.5)
    # With this many discordant drawings of the holdout, McNemar's test alone decides.
    least_discordant: int = _between(10, 10_000, default=30)
    # With fewer labelled digits the rule refuses.
    least_drawings: int = _between(10, 100_000, default=50)
    # The least probability of a label in the sign-flip test, which takes its logarithm.
    floor: float = _between(0.001, 0.5, default=0.1)
    # So many more drawings may be misread where the sign-flip test decides.
    spare: int = _between(0, 100, default=1)
    # Random sign vectors in the sign-flip test.
    flips: int = _between(1_000, 1_000_000, default=20_000)
    # A share of drawings refuses only where it is so many drawings at least.
    few: int = _between(1, 100, default=3)
    # Recall that any one digit may lose, on MNIST and on the drawings.
    recall_loss_mnist: float = _between(0, 50, default=0.5)
    recall_loss: float = _between(0, 50, default=2.0)
    # The part of the regression set that may be misread again.
    regression_loss: float = _between(0, 50, default=10.0)
    # Expected calibration error that may be added beside what sampling explains.
    ece_loss: float = _between(0, 50, default=0.5)
    # Non-digits accepted, or digits turned away, beyond the champion's.
    ood_loss: float = _between(0, 50, default=2.0)
    # How many answers of the exported, quantised file may name another digit than torch's, in
    # points, and how far its probabilities may lie from torch's in the mean.
    export_changed: float = _between(0, 50, default=0.5)
    export_difference: float = _between(1e-6, 0.1, default=0.002)
    # The challenger's time per digit over the champion's.
    slowdown: float = _between(1, 10, default=1.2)


class Bounds(NamedTuple):
    """What one number is, if nothing is set, and what it may be."""

    name: str
    default: float
    least: float
    most: float


def bounds() -> Iterator[Bounds]:
    """Every number of GateThresholds with its default and bounds."""
    defaults = GateThresholds()
    for one in fields(defaults):
        default = getattr(defaults, one.name)
        yield Bounds(one.name, default, one.metadata["least"], one.metadata["most"])
