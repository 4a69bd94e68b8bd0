"""Tests the plans of pretraining and the training sets made for them."""

import dataclasses
import json

import pytest

from recognizer.registry import SHIPPED
from training.ml.fit.trainer import Recipe
from training.ml.pretraining import recipes
from training.ml.pretraining.recipes import TrainingPlan

PLAN = TrainingPlan(Recipe(seed=3), mnist=2, redrawn=1, synthetic=0.5, non_digits=0.25)


@pytest.fixture
def some(small):
    return small.train_images[:40], small.train_labels[:40]


def test_an_epoch_holds_what_the_plan_says(some) -> None:
    training_set = recipes.prepare(*some, plan=PLAN, version=1)
    assert len(training_set.images) == len(training_set.labels) == 2 * 40 + 40 + 20
    assert (training_set.images[:40] == training_set.images[40:80]).all()
    assert (training_set.labels[80:120] == some[1]).all()
    assert len(training_set.non_digits) == 10


def test_the_seed_fixes_it_whatever_the_cores(some, monkeypatch) -> None:
    training_set = recipes.prepare(*some, plan=PLAN, version=1)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    alone = recipes.prepare(*some, plan=PLAN, version=1)
    other = recipes.prepare(*some, plan=dataclasses.replace(PLAN, recipe=Recipe(seed=4)), version=1)
    assert (training_set.images == alone.images).all()
    assert (training_set.non_digits == alone.non_digits).all()
    assert (training_set.non_digits != other.non_digits).any()


@pytest.mark.slow
def test_chunks_do_not_repeat_each_other(some, monkeypatch) -> None:
    monkeypatch.setattr(recipes, "CHUNK", 10)
    made = recipes.make_non_digits(*some, count=25, seed=1, version=1)
    assert len({one.tobytes() for one in made}) == 25


def test_a_manifest_keeps_the_names_of_stored_plans() -> None:
    shipped = json.loads((SHIPPED / "model.json").read_text())
    # What plans say since was not asked when it was trained.
    assert recipes.PLANS["student"].as_manifest().items() >= shipped["made"]["plan"].items()
