"""Pictures are made by the ink version that the network reads, whichever others exist."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType

import numpy as np
import pytest

import recognizer.answers
import recognizer.inference
import recognizer.ink
import training.datasets
import training.ml
from recognizer.ink import rasterize
from recognizer.ink.rasterize import InkVersion
from tests import small_mnist
from tests.training.conftest import make_tiny
from training.ml.arrays import Images
from training.ml.data import samples
from training.ml.data.mnist import Mnist
from training.ml.fit import replay_data
from training.ml.fit.replay_data import ReplayData
from training.ml.fit.trainer import Recipe
from training.ml.pretraining import recipes
from training.ml.pretraining.recipes import TrainingPlan
from training.ml.synthesis import digits, invented_signs, letters, non_digits, redrawn_mnist

PLAN = TrainingPlan(Recipe(), mnist=0, redrawn=1, synthetic=0.2, non_digits=0.2)


def random() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.fixture
def replay(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], ReplayData]:
    """What a run replays, of a small MNIST, for an ink version."""
    small_mnist.lay(tmp_path / "mnist")
    for name in ("LEAST", "HARD"):
        monkeypatch.setattr(replay_data, name, 20)
    return lambda version: ReplayData.load(tmp_path, version=version)


@pytest.fixture
def made(small: Mnist, replay) -> dict[str, Callable[[int], Images]]:
    """All that makes pictures to learn from or to measure by, each for an ink version."""
    some = small.train_images[:20], small.train_labels[:20]

    def prepared(version: int) -> recipes.TrainingSet:
        return recipes.prepare(*some, plan=PLAN, version=version)

    return {
        "letters": lambda version: letters.handwritten(random(), version=version),
        "signs": lambda version: invented_signs.sign(random(), version=version),
        "dots": lambda version: invented_signs.dots(random(), version=version),
        "non-digits": lambda version: non_digits.make(*some, count=20, seed=1, version=version),
        "drawn styles": lambda version: digits.make(count=5, seed=1, version=version)[0],
        "redrawn MNIST": lambda version: redrawn_mnist.make(*some, seed=1, version=version)[0],
        "pretraining digits": lambda version: prepared(version).images,
        "pretraining non-digits": lambda version: prepared(version).non_digits,
        "held-out non-digits of pretraining": lambda version: recipes.make_non_digits(
            *some, count=20, seed=2, version=version
        ),
        "replayed non-digits": lambda version: replay(version).non_digits,
        "held-out non-digits": lambda version: replay(version).held_out_non_digits,
        "replayed digits": lambda version: (
            replay(version).replay(make_tiny(), version=version).synthetic
        ),
        "fitted images": lambda version: samples.fitted(255 - some[0][0], version=version),
    }


def test_a_second_version_changes_no_picture_of_the_first(made, monkeypatch) -> None:
    before = {name: make(1) for name, make in made.items()}
    monkeypatch.setitem(rasterize.VERSIONS, 2, InkVersion(_unused, _unused, _unused, _unused))

    for name, make in made.items():
        assert np.array_equal(make(1), before[name]), name


def _unused(_: object) -> None:
    raise AssertionError("No network here was trained on ink version 2.")


def test_pictures_for_the_second_version_are_its_own(made, second_ink, monkeypatch) -> None:
    first = {name: make(1) for name, make in made.items()}
    monkeypatch.delitem(rasterize.VERSIONS, 1)  # whatever asked for it would fail

    for name, make in made.items():
        assert not np.array_equal(make(second_ink), first[name]), name


@pytest.mark.parametrize(
    "package",
    [recognizer.ink, recognizer.inference, recognizer.answers, training.ml, training.datasets],
)
def test_no_function_assumes_an_ink_version(package: ModuleType) -> None:
    found = [f"{function.__module__}.{function.__qualname__}" for function in _assuming(package)]
    assert not found


def _assuming(package: ModuleType) -> Iterator[Callable[..., object]]:
    """The functions and methods that have a default for an ink version."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for function in _functions(importlib.import_module(module.name)):
            parameters = inspect.signature(function).parameters
            given = [parameters[name] for name in ("version", "ink_version") if name in parameters]
            if any(one.default is not inspect.Parameter.empty for one in given):
                yield function


def _functions(module: ModuleType) -> Iterator[Callable[..., object]]:
    for owner in [module, *(one for _, one in inspect.getmembers(module, inspect.isclass))]:
        if inspect.ismodule(owner) or owner.__module__ == module.__name__:
            yield from (one for _, one in inspect.getmembers(owner, inspect.isfunction))
