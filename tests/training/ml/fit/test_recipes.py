import dataclasses

import pytest

from training.ml.fit import recipes
from training.ml.fit.recipes import TrainingPlan
from training.ml.fit.trainer import Recipe

PLAN = TrainingPlan(Recipe(seed=3), mnist=2, redrawn=1, drawn=0.5, outsiders=0.25)


@pytest.fixture
def some(small):
    return small.train_images[:40], small.train_labels[:40]


def test_an_epoch_holds_what_the_plan_says(some) -> None:
    lessons = recipes.prepare(*some, plan=PLAN, version=1)
    assert len(lessons.images) == len(lessons.labels) == 2 * 40 + 40 + 20
    assert (lessons.images[:40] == lessons.images[40:80]).all()
    assert (lessons.labels[80:120] == some[1]).all()
    assert len(lessons.outsiders) == 10


def test_the_seed_fixes_it_whatever_the_cores(some, monkeypatch) -> None:
    lessons = recipes.prepare(*some, plan=PLAN, version=1)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    alone = recipes.prepare(*some, plan=PLAN, version=1)
    other = recipes.prepare(*some, plan=dataclasses.replace(PLAN, recipe=Recipe(seed=4)), version=1)
    assert (lessons.images == alone.images).all()
    assert (lessons.outsiders == alone.outsiders).all()
    assert (lessons.outsiders != other.outsiders).any()


def test_what_is_made_in_several_goes_is_no_repetition(some, monkeypatch) -> None:
    monkeypatch.setattr(recipes, "AT_ONCE", 10)
    made = recipes.strangers(*some, count=25, seed=1, version=1)
    assert len({one.tobytes() for one in made}) == 25
