"""The networks, each registered by the name that a model version keeps.

A network reads images float [N, 1, 28, 28], 0 (black) to 1 (white ink), and gives a `Reading`.
What turns a reading into calibrated answers (`Calibration`) is part of the network, so that the
weights alone say all.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

SIZE = 28
DIGITS = 10
PARAMETER_LIMIT = 500_000
DEFAULT = "cnn-7"
# MNIST's own mean and spread over its training images, ink as 0 to 1.
MEAN, SPREAD = 0.1307, 0.3081
# What a lead of one in log-odds counts in `digit_score`, beside the head's own word.
LEAD = 3.0


class UnknownArchitecture(ValueError):
    """No network is registered under this name."""


class NetworkOutput(NamedTuple):
    """logits [N, 10]; digitness [N], above 0 where it looks like a digit; embedding [N, D]."""

    logits: Tensor
    digitness: Tensor
    embedding: Tensor

    @property
    def digit_score(self) -> Tensor:
        """[N], the higher, the more it looks like a digit: what the head for that says, and by how
        far one digit leads all others together, since what is no digit is also read with doubt."""
        first, rest = self.logits.topk(DIGITS, dim=1).values.split([1, DIGITS - 1], dim=1)
        return self.digitness + LEAD * (first.squeeze(1) - rest.logsumexp(1))


class CalibratedOutput(NamedTuple):
    """The ONNX contract's outputs: probabilities [N, 10], is_digit [N], embedding [N, D]."""

    probabilities: Tensor
    is_digit: Tensor
    embedding: Tensor


@dataclass(frozen=True)
class Architecture:
    """Widths of the 3x3 convolutions at 28x28, 14x14 and 7x7, and of the embedding."""

    fine: tuple[int, ...] = (32, 32)
    middle: tuple[int, ...] = (64, 64)
    coarse: tuple[int, ...] = (128,)
    embedding: int = 128


ARCHITECTURES: dict[str, Architecture] = {
    "cnn-5": Architecture(),
    # The most that half a million parameters and twice cnn-5's time allow.
    "cnn-7": Architecture(middle=(64, 64, 64), coarse=(128, 128)),
    # For tests: trains in seconds.
    "cnn-tiny": Architecture(fine=(8,), middle=(16,), coarse=(16,), embedding=32),
}


class Network(nn.Module):
    """Three stages of convolutions, each halved by pooling, then an embedding and two heads."""

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
        """Read images float [N, 1, 28, 28], 0 to 1."""
        embedding = self.embed(self.stages((images - MEAN) / SPREAD))
        return NetworkOutput(self.digit(embedding), self.digitness(embedding).squeeze(1), embedding)

    def answers(self, images: Tensor) -> CalibratedOutput:
        """The same as calibrated answers; 0.5 of is_digit is the threshold of acceptance."""
        return self.as_answers(self(images))

    def as_answers(self, reading: NetworkOutput) -> CalibratedOutput:
        """What a reading says, calibrated."""
        return CalibratedOutput(
            probabilities=(reading.logits / self.temperature).softmax(dim=1),
            is_digit=(reading.digit_score - self.digit_threshold).sigmoid(),
            embedding=reading.embedding,
        )


def build(name: str) -> Network:
    """A fresh network of a registered architecture, with torch's random start."""
    if name not in ARCHITECTURES:
        raise UnknownArchitecture(f"no network is called {name!r}; known: {sorted(ARCHITECTURES)}")
    return Network(ARCHITECTURES[name])


def parameter_count(network: nn.Module) -> int:
    """How many numbers training may change."""
    return sum(parameter.numel() for parameter in network.parameters())


def _stage(channels: int, widths: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in widths:
        layers.append(nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False))
        layers.append(nn.BatchNorm2d(width))
        layers.append(nn.ReLU(inplace=True))
        channels = width
    return nn.Sequential(*layers, nn.MaxPool2d(2))
