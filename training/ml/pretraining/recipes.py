"""The plans of pretraining, short and long, and the training sets that they are run on."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import numpy as np
from joblib import Parallel, delayed

from training.ml.arrays import Images, Integers
from training.ml.fit.augmentation import MILD
from training.ml.fit.hard_examples import Polish
from training.ml.fit.trainer import Recipe
from training.ml.network import architectures
from training.ml.synthesis import digits, non_digits, redrawn_mnist

# Images are made in chunks of this size, each with its own seed: the result does not depend on how
# many cores share the work.
CHUNK = 1000
# Fields that manifests store under an older name.
STORED_NAMES = {"non_digits": "outsiders", "degraded": "spoilt", "synthetic": "drawn"}
T = TypeVar("T")


@dataclass(frozen=True)
class TrainingPlan:
    """What a pretraining runs through. An epoch shows each of MNIST's digits `mnist` times as it
    is and `redrawn` times redrawn; `synthetic` and `non_digits` are how many synthetic digits and
    non-digits there are for each of MNIST's.

    `closing` is a second, shorter phase on the same training set with milder augmentation, closer
    to how people's digits vary; it continues from the first phase's averaged weights. `polish`
    comes last.

    `rare` is whether some of the synthetic digits are in rare styles. `teacher` names the plan of
    a larger network that the plan's own starts from and learns from (distillation.py)."""

    recipe: Recipe
    architecture: str = architectures.DEFAULT
    mnist: int = 1
    redrawn: int = 0
    synthetic: float = 0.1
    non_digits: float = 0.35
    closing: Recipe | None = None
    polish: Polish | None = None
    rare: bool = False
    teacher: str | None = None

    @property
    def phases(self) -> list[Recipe]:
        """The recipes in order, all with the first one's seed."""
        closing = [replace(self.closing, seed=self.recipe.seed)] if self.closing else []
        return [self.recipe, *closing]

    def epochs_before(self, phase: int) -> int:
        """How many epochs the earlier phases have."""
        return sum(recipe.epochs for recipe in self.phases[:phase])

    def as_manifest(self) -> dict[str, Any]:
        """The plan as a version's manifest stores it."""
        return asdict(
            self, dict_factory=lambda pairs: {STORED_NAMES.get(n, n): value for n, value in pairs}
        )


POLISH = Polish(
    Recipe(
        batch=256,
        non_digits=80,
        learning_rate=1e-3,
        warmup=0.05,
        degraded=0.1,
        ema=0.98,
        frozen_statistics=True,
        strength=MILD,
    )
)
# On two cores the short plan takes about ten minutes, the long one an hour, and the student's less
# than half an hour beside its teacher's hour. The student ships.
PLANS = {
    "short": TrainingPlan(Recipe(epochs=8)),
    "long": TrainingPlan(
        Recipe(epochs=16, batch=256, non_digits=80, degraded=0.15, ema=0.9995),
        mnist=2,
        redrawn=1,
        synthetic=0.75,
        non_digits=2.0,
        closing=Recipe(
            epochs=3,
            batch=256,
            non_digits=80,
            learning_rate=1.5e-3,
            weight_decay=5e-2,
            warmup=0.05,
            degraded=0.1,
            strength=MILD,
        ),
        polish=POLISH,
    ),
    "student": TrainingPlan(
        Recipe(
            epochs=5,
            learning_rate=2e-3,
            warmup=0.05,
            ema=0.99,
            degraded=0.15,
            frozen_statistics=True,
            strength=MILD,
        ),
        architecture="cnn-7-narrow",
        synthetic=0.6,
        non_digits=1.0,
        rare=True,
        teacher="long",
        polish=POLISH,
    ),
}


@dataclass(frozen=True)
class TrainingSet:
    """Digits, uint8 [N, 28, 28]; their labels, [N]; and non-digits, uint8 [M, 28, 28]."""

    images: Images
    labels: Integers
    non_digits: Images


def prepare(images: Images, labels: Integers, *, plan: TrainingPlan, version: int) -> TrainingSet:
    """The plan's training set, made of N digits of MNIST, uint8 [N, 28, 28], labels [N], and drawn
    by an ink version. The recipe's seed determines it."""
    seed = plan.recipe.seed
    pairs = [(images, labels)] * plan.mnist
    pairs += [
        _redrawn(images, labels, seed=seed * 100 + turn, version=version)
        for turn in range(plan.redrawn)
    ]
    count = math.ceil(plan.synthetic * len(images))
    pairs += [_synthetic(count, seed=seed, version=version, rare=plan.rare)]
    count = math.ceil(plan.non_digits * len(images))
    return TrainingSet(
        images=np.concatenate([pair[0] for pair in pairs]),
        labels=np.concatenate([pair[1] for pair in pairs]),
        non_digits=make_non_digits(images, labels, count=count, seed=seed, version=version),
    )


def make_non_digits(
    images: Images, labels: Integers, *, count: int, seed: int, version: int
) -> Images:
    """Non-digits, uint8 [count, 28, 28], made on all cores; some are made of these digits."""

    def make(size: int, part: int) -> Images:
        return non_digits.make(images, labels, count=size, seed=_seed(seed, part), version=version)

    return np.concatenate(_on_all_cores(make, _chunks(count)))


def _synthetic(count: int, *, seed: int, version: int, rare: bool) -> tuple[Images, Integers]:
    def make(size: int, part: int) -> tuple[Images, Integers]:
        return digits.make(count=size, seed=_seed(seed, part), version=version, rare=rare)

    return _joined(_on_all_cores(make, _chunks(count)))


def _redrawn(
    images: Images, labels: Integers, *, seed: int, version: int
) -> tuple[Images, Integers]:
    def make(size: int, part: int) -> tuple[Images, Integers]:
        here = slice(part * CHUNK, part * CHUNK + size)
        return redrawn_mnist.make(
            images[here], labels[here], seed=_seed(seed, part), version=version
        )

    return _joined(_on_all_cores(make, _chunks(len(images))))


def _chunks(count: int) -> list[int]:
    return [min(CHUNK, count - at) for at in range(0, count, CHUNK)]


def _seed(seed: int, part: int) -> int:
    return seed * 100_000 + part


def _on_all_cores(make: Callable[[int, int], T], sizes: list[int]) -> list[T]:
    # Starting processes takes longer than making one chunk.
    jobs = 1 if len(sizes) == 1 else -1
    return Parallel(n_jobs=jobs)(delayed(make)(size, part) for part, size in enumerate(sizes))


def _joined(pairs: list[tuple[Images, Integers]]) -> tuple[Images, Integers]:
    return np.concatenate([one for one, _ in pairs]), np.concatenate([two for _, two in pairs])
