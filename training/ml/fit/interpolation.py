"""Interpolation between a champion and its fine-tuned successor: how much of the fine-tuning can be
kept without forgetting MNIST (WiSE-FT, M. Wortsman et al., 2022)."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.ml.fit.finetune import FineTuning, Replay
from training.ml.network import inference, model_soup
from training.ml.network.architectures import Network


def interpolate(champion: Network, tuned: Network, *, share: float) -> Network:
    """The network with `share` of the fine-tuned weights and the rest of the champion's."""
    return model_soup.average([champion, tuned], weights=[1 - share, share])


class Forgot(Exception):
    """However little is kept of the fine-tuning, MNIST's validation digits are read worse."""


@dataclass(frozen=True)
class Knowledge:
    """What a network knows of MNIST's N validation digits: labels int [N], the log loss on each,
    float [N], and whether it is misread, bool [N]."""

    labels: Tensor
    losses: Tensor
    misread: Tensor


def choose_share(champion: Network, tuned: Network, replay: Replay, *, tuning: FineTuning) -> float:
    """The largest of the tuning's shares at which MNIST's validation digits are not forgotten, with
    room to spare before the gate's rules.

    A rise of the log loss draws back to `least_by_loss` at most: the gate does not refuse by it.
    More misread digits, by which it does, draw back further. Raises Forgot where they are more at
    every share.
    """
    before = knowledge(champion, replay)
    for share in tuning.shares:
        after = knowledge(interpolate(champion, tuned, share=share), replay)
        rise = after.losses - before.losses
        by_loss = share > tuning.least_by_loss and has_forgotten(rise, tuning=tuning)
        if not by_loss and not misreads_more(before, after, tuning=tuning):
            return share
    raise Forgot


def has_forgotten(rise: Tensor, *, tuning: FineTuning) -> bool:
    """Whether the mean of rises [N] in log loss exceeds what is allowed by more than its standard
    error: a single digit that is misread now is not significant, many are."""
    return bool(rise.mean() > tuning.loss_rise + rise.std(correction=0) / math.sqrt(len(rise)))


def misreads_more(before: Knowledge, after: Knowledge, *, tuning: FineTuning) -> bool:
    """Whether so many more digits are misread, in all or of any one digit, that the gate might
    refuse the network."""
    more = after.misread.int() - before.misread.int()
    of_all = more.sum() > max(1, tuning.error_rise / 100 * len(more))
    falls = [more[before.labels == digit] for digit in range(10)]
    of_one = [fall.sum() > max(1, tuning.recall_fall / 100 * len(fall)) for fall in falls]
    return bool(of_all) or any(map(bool, of_one))


def validation_accuracy(network: Network, replay: Replay, *, count: int = 1000) -> float:
    """The share of MNIST's first validation digits that are classified correctly."""
    labels = replay.parts.held_labels[:count]
    output = inference.read(network, torch.from_numpy(replay.parts.held_images[:count]))
    return float((output.logits.argmax(1).numpy() == labels).mean())


def knowledge(network: Network, replay: Replay) -> Knowledge:
    """What the network knows of MNIST's validation digits."""
    labels = torch.from_numpy(replay.parts.held_labels).long()
    logits = inference.read(network, torch.from_numpy(replay.parts.held_images)).logits
    losses = F.cross_entropy(logits / network.temperature, labels, reduction="none")
    return Knowledge(labels, losses, logits.argmax(1) != labels)
