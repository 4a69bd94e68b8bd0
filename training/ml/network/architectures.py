"""The network architectures, registered by the names that model versions store.

A network maps images float [N, 1, 28, 28], 0 (black) to 1 (white ink), to a `NetworkOutput`. Its
calibration (a temperature and a digit threshold) is part of the weights, which therefore suffice
for calibrated predictions.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

DIGITS = 10
PARAMETER_LIMIT = 500_000
DEFAULT = "cnn-7"
# Mean and standard deviation of MNIST's training images, 0 to 1.
MEAN, SPREAD = 0.1307, 0.3081
# The weight in `digit_score` of the margin between the classes, in logits.
LEAD = 3.0


class UnknownArchitecture(ValueError):
    """No architecture is registered under this name."""


class NetworkOutput(NamedTuple):
    """logits [N, 10]; digitness [N], the logit of "is a digit"; embedding [N, D]."""

    logits: Tensor
    digitness: Tensor
    embedding: Tensor

    @property
    def digit_score(self) -> Tensor:
        """How much each image looks like a digit, [N], unbounded: the logit of the digit head, plus
        LEAD times the log-odds of the most probable class against all others, since non-digits are
        also classified with less confidence."""
        first, rest = self.logits.topk(DIGITS, dim=1).values.split([1, DIGITS - 1], dim=1)
        return self.digitness + LEAD * (first.squeeze(1) - rest.logsumexp(1))


class CalibratedOutput(NamedTuple):
    """The ONNX contract's outputs: probabilities [N, 10]; is_digit [N], 0 to 1 and 0.5 at the
    threshold; embedding [N, D]."""

    probabilities: Tensor
    is_digit: Tensor
    embedding: Tensor


@dataclass(frozen=True)
class Architecture:
    """The widths of the 3x3 convolutions at 28x28, 14x14 and 7x7, and of the embedding."""

    fine: tuple[int, ...] = (32, 32)
    middle: tuple[int, ...] = (64, 64)
    coarse: tuple[int, ...] = (128,)
    embedding: int = 128


ARCHITECTURES: dict[str, Architecture] = {
    "cnn-5": Architecture(),
    # As large as PARAMETER_LIMIT and twice the time of cnn-5 allow.
    "cnn-7": Architecture(middle=(64, 64, 64), coarse=(128, 128)),
    # 56% of cnn-7's multiplications; its student (training/ml/fit/distillation.py).
    "cnn-7-narrow": Architecture(fine=(24, 24), middle=(48, 48, 48), coarse=(96, 96)),
    # For tests: trains in seconds.
    "cnn-tiny": Architecture(fine=(8,), middle=(16,), coarse=(16,), embedding=32),
}


class Network(nn.Module):
    """Three stages of convolutions, each followed by 2x2 pooling, then an embedding and two heads:
    one for the digit, one for whether it is a digit."""

    temperature: Tensor
    digit_threshold: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        stages, channels = [], 1
        for widths in (architecture.fine, architecture.middle, architecture.coarse):
            stages.append(_stage(channels, widths))
            channels = widths[-1]
        self.stages = nn.Sequential(*stages)
        self.embed = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * 3 * 3, architecture.embedding, bias=False),
            nn.BatchNorm1d(architecture.embedding),
            nn.ReLU(inplace=True),
        )
        self.digit = nn.Linear(architecture.embedding, DIGITS)
        self.digitness = nn.Linear(architecture.embedding, 1)
        self.register_buffer("temperature", torch.ones(()))
        self.register_buffer("digit_threshold", torch.zeros(()))

    def forward(self, images: Tensor) -> NetworkOutput:
        """The output for images float [N, 1, 28, 28], 0 to 1."""
        embedding = self.embed(self.stages((images - MEAN) / SPREAD))
        return NetworkOutput(self.digit(embedding), self.digitness(embedding).squeeze(1), embedding)

    def answers(self, images: Tensor) -> CalibratedOutput:
        """The calibrated output for images float [N, 1, 28, 28], 0 to 1."""
        return self.as_answers(self(images))

    def as_answers(self, output: NetworkOutput) -> CalibratedOutput:
        """The calibrated form of an output of this network."""
        return CalibratedOutput(
            probabilities=(output.logits / self.temperature).softmax(dim=1),
            is_digit=(output.digit_score - self.digit_threshold).sigmoid(),
            embedding=output.embedding,
        )


def build(name: str) -> Network:
    """A new network of a registered architecture, randomly initialised by torch's global generator.

    Raises UnknownArchitecture.
    """
    if name not in ARCHITECTURES:
        raise UnknownArchitecture(
            f"No architecture is called {name!r}; there are {sorted(ARCHITECTURES)}."
        )
    return Network(ARCHITECTURES[name])


def parameter_count(network: nn.Module) -> int:
    """The number of trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


def _stage(channels: int, widths: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in widths:
        layers.append(nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False))
        layers.append(nn.BatchNorm2d(width))
        layers.append(nn.ReLU(inplace=True))
        channels = width
    return nn.Sequential(*layers, nn.MaxPool2d(2))
