"""Interpolation between a champion and its fine-tuned successor: how much of the fine-tuning can be
kept without forgetting MNIST (WiSE-FT, M. Wortsman et al., 2022)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from training.ml.fit.finetune import FineTuning, Replay
from training.ml.network import inference, model_soup
from training.ml.network.architectures import Network


def interpolate(champion: Network, tuned: Network, *, share: float) -> Network:
    """The network with `share` of the fine-tuned weights and the rest of the champion's."""
    return model_soup.average([champion, tuned], weights=[1 - share, share])


def choose_share(champion: Network, tuned: Network, replay: Replay, *, tuning: FineTuning) -> float:
    """The largest of the tuning's shares at which MNIST's validation digits are not forgotten, or
    the smallest where they are at every share: then it is for the gate to refuse."""
    before = _losses(champion, replay)
    for share in tuning.shares:
        after = _losses(interpolate(champion, tuned, share=share), replay)
        if not has_forgotten(after - before, tuning=tuning):
            return share
    return tuning.shares[-1]


def has_forgotten(rise: Tensor, *, tuning: FineTuning) -> bool:
    """Whether the mean of rises [N] in log loss exceeds what is allowed by more than its standard
    error: a single digit that is misread now is not significant, many are."""
    return bool(rise.mean() > tuning.loss_rise + rise.std(correction=0) / math.sqrt(len(rise)))


def validation_accuracy(network: Network, replay: Replay, *, count: int = 1000) -> float:
    """The share of MNIST's first validation digits that are classified correctly."""
    labels = replay.parts.held_labels[:count]
    output = inference.read(network, torch.from_numpy(replay.parts.held_images[:count]))
    return float((output.logits.argmax(1).numpy() == labels).mean())


def _losses(network: Network, replay: Replay) -> Tensor:
    """The log loss on each of MNIST's N validation digits, float [N]."""
    labels = torch.from_numpy(replay.parts.held_labels).long()
    logits = inference.read(network, torch.from_numpy(replay.parts.held_images)).logits
    return F.cross_entropy(logits / network.temperature, labels, reduction="none")
