"""The end of a training: copies of the network learn most of what they know least, and the mean of
their weights stays. Pure: no Django, no files."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from training.ml.arrays import Integers
from training.ml.fit import trainer
from training.ml.network import inference


@dataclass(frozen=True)
class Polish:
    """How many copies, and how many steps each takes. Of the digits that it reads the share `hard`
    is of the `hardest` that MNIST has; the rest is any."""

    recipe: trainer.Recipe
    copies: int = 4
    steps: int = 150
    hard: float = 0.5
    hardest: int = 4000


def hardest(probabilities: npt.NDArray[np.floating], *, count: int) -> Integers:
    """Of probabilities [N, 10] the rows with the least between the first and the second [count]:
    those that are forgotten first (hard-example mining, A. Shrivastava, 2016)."""
    first_two = np.sort(probabilities, axis=1)[:, -2:]
    return np.argsort(first_two[:, 1] - first_two[:, 0], kind="stable")[:count]


def fits(finished: trainer.Fit, *, mnist: int, polish: Polish) -> Iterator[trainer.Fit]:
    """The fit of each copy of what a finished fit gave, over the same pictures, of which the first
    `mnist` are MNIST's own; none has taken a step yet."""
    network = copy.deepcopy(finished.averaged)
    images, labels = finished.images.cpu(), finished.labels.cpu()
    # Of digits that were redrawn or drawn here the hardest are hardly digits any more.
    said = network.as_answers(inference.read(network, images[:mnist])).probabilities.numpy()
    hard = hardest(said, count=polish.hardest)
    for number in range(polish.copies):
        seed = polish.recipe.seed * 100 + number
        chosen = torch.from_numpy(_chosen(hard, len(images), polish, seed=seed))
        yield trainer.Fit(
            copy.deepcopy(network).requires_grad_(True),
            images[chosen],
            labels[chosen],
            recipe=replace(polish.recipe, epochs=1, seed=seed),
            outsiders=finished.outsiders,
        )


def _chosen(hard: Integers, known: int, polish: Polish, *, seed: int) -> Integers:
    """Which pictures one copy reads, in all its steps: int [steps * batch]."""
    random = np.random.default_rng(seed)
    count = polish.steps * polish.recipe.batch
    often = round(polish.hard * count)
    return np.concatenate([random.choice(hard, often), random.choice(known, count - often)])
