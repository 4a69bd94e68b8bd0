"""The polish that ends a training: copies of the network are trained mostly on MNIST's hardest
digits, and their weights are averaged."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from training.ml.arrays import Floats, Integers
from training.ml.fit import trainer
from training.ml.network import inference


@dataclass(frozen=True)
class Polish:
    """How many copies are trained, and for how many steps each. The share `hard` of the digits
    they see is drawn from MNIST's `hardest` ones, the rest from all of the training set."""

    recipe: trainer.Recipe
    copies: int = 4
    steps: int = 150
    hard: float = 0.5
    hardest: int = 4000


def hardest(probabilities: Floats, *, count: int) -> Integers:
    """The rows of probabilities [N, 10] with the smallest margin between first and second, hardest
    first, int [count]: what is forgotten first (hard-example mining, A. Shrivastava et al., 2016).
    """
    first_two = np.sort(probabilities, axis=1)[:, -2:]
    return np.argsort(first_two[:, 1] - first_two[:, 0], kind="stable")[:count]


def fits(finished: trainer.Fit, *, mnist: int, polish: Polish) -> Iterator[trainer.Fit]:
    """The fit of each copy of a finished fit's network, before its first step. They draw on the
    same images, of which the first `mnist` are MNIST's own."""
    network = copy.deepcopy(finished.averaged)
    images, labels = finished.images.cpu(), finished.labels.cpu()
    # The hardest of redrawn and synthetic digits are hardly digits any more.
    output = network.as_answers(inference.read(network, images[:mnist]))
    hard = hardest(output.probabilities.numpy(), count=polish.hardest)
    for number in range(polish.copies):
        seed = polish.recipe.seed * 100 + number
        chosen = torch.from_numpy(_chosen(hard, len(images), polish, seed=seed))
        yield trainer.Fit(
            copy.deepcopy(network).requires_grad_(True),
            images[chosen],
            labels[chosen],
            recipe=replace(polish.recipe, epochs=1, seed=seed),
            non_digits=finished.non_digits,
            teacher=finished.teacher,
        )


def _chosen(hard: Integers, total: int, polish: Polish, *, seed: int) -> Integers:
    """Which of `total` images one copy sees in all its steps, int [steps * batch]."""
    random = np.random.default_rng(seed)
    count = polish.steps * polish.recipe.batch
    of_hard = round(polish.hard * count)
    return np.concatenate([random.choice(hard, of_hard), random.choice(total, count - of_hard)])
