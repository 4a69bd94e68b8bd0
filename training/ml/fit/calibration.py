"""What makes a network's answers honest: set on digits that it did not learn from."""

import torch
import torch.nn.functional as F
from torch import Tensor

from training.ml.data.split import Split
from training.ml.fit import trainer
from training.ml.network import architectures, inference
from training.ml.network.architectures import Network, NetworkOutput

# Chosen on the even-numbered writers of pendigits: it turns away one in a hundred of their digits.
ACCEPTED = 0.99


def calibrate(
    network: Network,
    *,
    reading: NetworkOutput,
    labels: Tensor,
    changed: NetworkOutput | None = None,
) -> None:
    """Set the network's temperature and digit threshold from its reading of validation digits.

    labels: int64 [N]. The threshold lies where ACCEPTED of the digits pass: of `changed`, the
    same digits as other hands and pens would write them, where given. People who draw here
    are further from MNIST than its own validation digits are.
    """
    network.temperature.fill_(fit_temperature(reading.logits, labels))
    judged = changed or reading
    network.digit_threshold.fill_(fit_threshold(judged.digit_score, accepted=ACCEPTED))


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The divisor of logits [N, 10] that makes labels [N] likeliest (C. Guo, 2017).

    The loss has one valley in the logarithm of the divisor: it is found by halving.
    """
    low, high = -3.0, 3.0
    for _ in range(40):
        middle = torch.tensor((low + high) / 2, dtype=torch.float64, requires_grad=True)
        loss = F.cross_entropy(logits.double() / middle.exp(), labels)
        (slope,) = torch.autograd.grad(loss, middle)
        low, high = (middle.item(), high) if slope.item() < 0 else (low, middle.item())
    return float(torch.tensor((low + high) / 2).exp())


def fit_threshold(scores: Tensor, *, accepted: float) -> float:
    """The score that this share of digits [N] reaches."""
    return float(torch.quantile(scores.double(), 1 - accepted))


def adjust(done: architectures.Network, parts: Split, *, recipe: trainer.Recipe) -> None:
    """Calibrate on the validation digits, as they are and as training changes them."""
    held = torch.from_numpy(parts.held_images)
    strange = trainer.changed(held, strength=recipe.strength, seed=recipe.seed)
    calibrate(
        done,
        reading=inference.read(done, held),
        labels=torch.from_numpy(parts.held_labels).long(),
        changed=inference.read(done, strange),
    )
