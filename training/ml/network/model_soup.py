"""The mean of networks: a model soup (M. Wortsman, 2022)."""

import copy
from collections.abc import Sequence

import torch

from training.ml.network.architectures import Network


def soup(networks: Sequence[Network], *, weights: Sequence[float] | None = None) -> Network:
    """The network whose every weight and statistic is the mean of theirs, weighed if so asked."""
    shares = weights or [1 / len(networks)] * len(networks)
    states = [network.state_dict() for network in networks]
    mean = copy.deepcopy(networks[0])
    mean.load_state_dict(
        {
            name: _mean([state[name] for state in states], shares)
            if value.is_floating_point()
            else value
            for name, value in states[0].items()
        }
    )
    return mean.eval()


def _mean(values: Sequence[torch.Tensor], shares: Sequence[float]) -> torch.Tensor:
    return torch.stack([value * share for value, share in zip(values, shares, strict=True)]).sum(0)
