"""Averaging of networks' weights: a model soup (M. Wortsman et al., 2022)."""

import copy
from collections.abc import Sequence

from torch import Tensor, stack

from training.ml.network.architectures import Network


def average(networks: Sequence[Network], *, weights: Sequence[float] | None = None) -> Network:
    """The network whose parameters and BatchNorm statistics are the mean of theirs, weighted by
    `weights` where given, which should sum to 1. They are all of one architecture; integer buffers
    are the first one's."""
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


def _mean(values: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    return stack([value * share for value, share in zip(values, shares, strict=True)]).sum(0)
