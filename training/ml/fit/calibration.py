"""Calibration of a trained network on held-out digits: temperature and digit threshold."""

import torch
import torch.nn.functional as F
from torch import Tensor

from training.ml.data.split import Split
from training.ml.fit import trainer
from training.ml.network import inference
from training.ml.network.architectures import Network, NetworkOutput

# The share of augmented validation digits that the threshold accepts. Chosen on the even-numbered
# writers of pendigits, of whose digits it rejects one in a hundred.
ACCEPTED = 0.99


def calibrate_on_validation(network: Network, parts: Split, *, recipe: trainer.Recipe) -> None:
    """Calibrate a network in place on the validation digits, plain and augmented."""
    images = torch.from_numpy(parts.held_images)
    augmented = trainer.augmented(images, strength=recipe.strength, seed=recipe.seed)
    calibrate(
        network,
        output=inference.read(network, images),
        labels=torch.from_numpy(parts.held_labels).long(),
        augmented=inference.read(network, augmented),
    )


def calibrate(
    network: Network,
    *,
    output: NetworkOutput,
    labels: Tensor,
    augmented: NetworkOutput | None = None,
) -> None:
    """Set temperature and digit threshold, in place, from the network's output for N digits.

    labels: int64 [N]. The threshold accepts the share ACCEPTED of the digits, of their augmented
    versions where these are given: what people draw is further from MNIST than MNIST's own
    validation digits are.
    """
    network.temperature.fill_(fit_temperature(output.logits, labels))
    scored = augmented or output
    network.digit_threshold.fill_(fit_threshold(scored.digit_score, accepted=ACCEPTED))


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The divisor of logits [N, 10] that minimises the log loss of labels [N] (temperature scaling,
    C. Guo et al., 2017).

    The loss has one minimum in the logarithm of the divisor; bisection of its slope finds it.
    """
    low, high = -3.0, 3.0
    for _ in range(40):
        middle = torch.tensor((low + high) / 2, dtype=torch.float64, requires_grad=True)
        loss = F.cross_entropy(logits.double() / middle.exp(), labels)
        (slope,) = torch.autograd.grad(loss, middle)
        low, high = (middle.item(), high) if slope.item() < 0 else (low, middle.item())
    return float(torch.tensor((low + high) / 2).exp())


def fit_threshold(scores: Tensor, *, accepted: float) -> float:
    """The score that the share `accepted` of scores [N] reaches."""
    return float(torch.quantile(scores.double(), 1 - accepted))
