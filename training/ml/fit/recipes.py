"""What a network learns from when it begins, and how long: MNIST and what is drawn here. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from joblib import Parallel, delayed

from training.ml.arrays import Images, Integers
from training.ml.fit.augmentation import MILD
from training.ml.fit.hard_examples import Polish
from training.ml.fit.trainer import Recipe
from training.ml.network import architectures
from training.ml.synthesis import digits, non_digits, redrawn_mnist

# So many pictures are drawn in one go, each go from a seed of its own: the result does not hang on
# how many cores share the work.
AT_ONCE = 1000
T = TypeVar("T")


@dataclass(frozen=True)
class TrainingPlan:
    """An epoch shows MNIST's digits `mnist` times and each in `redrawn` other hands. Of the
    world's styles, and of no digit, come so many pictures to each of MNIST's digits.

    `closing` is a second, shorter course over the same: it changes the digits less, as people's
    are, and begins where the first one's average ended. `polish` comes after all courses."""

    recipe: Recipe
    architecture: str = architectures.DEFAULT
    mnist: int = 1
    redrawn: int = 0
    drawn: float = 0.1
    outsiders: float = 0.35
    closing: Recipe | None = None
    polish: Polish | None = None

    @property
    def courses(self) -> list[Recipe]:
        """The recipes in their order, all with the first one's seed."""
        closing = [replace(self.closing, seed=self.recipe.seed)] if self.closing else []
        return [self.recipe, *closing]

    def epochs_before(self, course: int) -> int:
        """How many epochs the earlier courses have."""
        return sum(recipe.epochs for recipe in self.courses[:course])


POLISH = Polish(
    Recipe(
        batch=256,
        outsiders=80,
        learning_rate=1e-3,
        warmup=0.05,
        spoilt=0.1,
        ema=0.98,
        frozen_statistics=True,
        strength=MILD,
    )
)
# The first takes about ten minutes on two cores; the second takes an hour, and made what ships.
PLANS = {
    "short": TrainingPlan(Recipe(epochs=8)),
    "long": TrainingPlan(
        Recipe(epochs=16, batch=256, outsiders=80, spoilt=0.15, ema=0.9995),
        mnist=2,
        redrawn=1,
        drawn=0.75,
        outsiders=2.0,
        closing=Recipe(
            epochs=3,
            batch=256,
            outsiders=80,
            learning_rate=1.5e-3,
            weight_decay=5e-2,
            warmup=0.05,
            spoilt=0.1,
            strength=MILD,
        ),
        polish=POLISH,
    ),
}


@dataclass(frozen=True)
class TrainingSet:
    """Digits, uint8 [N, 28, 28] and [N], and pictures of no digit, uint8 [M, 28, 28]."""

    images: Images
    labels: Integers
    outsiders: Images


def prepare(images: Images, labels: Integers, *, plan: TrainingPlan, version: int) -> TrainingSet:
    """All that the plan shows beside these digits of MNIST, as that ink version draws it; the
    recipe's seed fixes it."""
    seed = plan.recipe.seed
    pairs = [(images, labels)] * plan.mnist
    for hand in range(plan.redrawn):
        pairs += [_redrawn(images, labels, seed=seed * 100 + hand, version=version)]
    pairs += [_drawn(math.ceil(plan.drawn * len(images)), seed=seed, version=version)]
    strange = math.ceil(plan.outsiders * len(images))
    return TrainingSet(
        images=np.concatenate([pair[0] for pair in pairs]),
        labels=np.concatenate([pair[1] for pair in pairs]),
        outsiders=strangers(images, labels, count=strange, seed=seed, version=version),
    )


def strangers(images: Images, labels: Integers, *, count: int, seed: int, version: int) -> Images:
    """`count` pictures of no digit, made on all cores: uint8 [count, 28, 28]."""

    def make(size: int, part: int) -> Images:
        return non_digits.make(images, labels, count=size, seed=_seed(seed, part), version=version)

    return np.concatenate(_on_all_cores(make, _sizes(count)))


def _drawn(count: int, *, seed: int, version: int) -> tuple[Images, Integers]:
    def make(size: int, part: int) -> tuple[Images, Integers]:
        return digits.make(count=size, seed=_seed(seed, part), version=version)

    return _joined(_on_all_cores(make, _sizes(count)))


def _redrawn(
    images: Images, labels: Integers, *, seed: int, version: int
) -> tuple[Images, Integers]:
    def make(size: int, part: int) -> tuple[Images, Integers]:
        here = slice(part * AT_ONCE, part * AT_ONCE + size)
        return redrawn_mnist.make(
            images[here], labels[here], seed=_seed(seed, part), version=version
        )

    return _joined(_on_all_cores(make, _sizes(len(images))))


def _sizes(count: int) -> list[int]:
    return [min(AT_ONCE, count - at) for at in range(0, count, AT_ONCE)]


def _seed(seed: int, part: int) -> int:
    return seed * 100_000 + part


def _on_all_cores(make: Callable[[int, int], T], sizes: list[int]) -> list[T]:
    # Starting processes takes longer than one go does.
    jobs = 1 if len(sizes) == 1 else -1
    return Parallel(n_jobs=jobs)(delayed(make)(size, part) for part, size in enumerate(sizes))


def _joined(pairs: list[tuple[Images, Integers]]) -> tuple[Images, Integers]:
    return np.concatenate([one for one, _ in pairs]), np.concatenate([two for _, two in pairs])
