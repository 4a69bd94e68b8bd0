"""Tuning a tiny network on drawings that it does not know."""

import numpy as np
import pytest
import torch

from tests.training.conftest import make_tiny
from training import baseline, fitting, mnist, tuning
from training.tuning import NOT_A_DIGIT, Lessons, Replay, Tuning

PLAN = Tuning(least_steps=6, batch=48, taught=16, outsiders=8)


@pytest.fixture(scope="module")
def replay(small: mnist.Mnist) -> Replay:
    parts = baseline.split(small)
    return Replay(parts, np.random.default_rng(1).integers(0, 256, (90, 28, 28), np.uint8))


@pytest.fixture(scope="module")
def lessons(small: mnist.Mnist) -> Lessons:
    """Forty turned digits in three hands each, and four that are none."""
    turned = np.rot90(small.test_images[:40], axes=(1, 2))
    pictures = np.repeat(np.concatenate([turned, turned[:4, ::-1]])[:, None], 3, axis=1)
    labels = np.concatenate([small.test_labels[:40], np.full(4, NOT_A_DIGIT)]).astype(int)
    return Lessons(np.ascontiguousarray(pictures), labels, np.arange(44) % 4)


def test_folds_are_of_one_size_and_writers_stay_together() -> None:
    folds = tuning.deal(41, writers=None, tuning=PLAN)
    assert sorted(np.bincount(folds)) == [10, 10, 10, 11]
    writers = np.arange(41) % 9
    apart = tuning.deal(41, writers=writers, tuning=PLAN)
    assert all(len(set(apart[writers == one])) == 1 for one in range(9))
    assert set(apart) == {0, 1, 2, 3}


def test_a_fold_learns_from_the_others_alone(lessons, replay) -> None:
    fit = tuning.begin(make_tiny(), lessons, replay, fold=2, tuning=PLAN)
    seen = {image.tobytes() for image in fit.images.numpy()}
    digits = lessons.labels != NOT_A_DIGIT
    mine = {one.tobytes() for one in lessons.pictures[(lessons.folds == 2) & digits, 0]}
    others = {one.tobytes() for one in lessons.pictures[(lessons.folds != 2) & digits, 0]}
    assert not mine & seen
    assert others <= seen


def test_what_is_no_digit_teaches_abstaining_and_no_digit(lessons, replay) -> None:
    fit = tuning.begin(make_tiny(), lessons, replay, fold=0, tuning=PLAN)
    assert fit.labels.max() < NOT_A_DIGIT
    others = lessons.pictures[(lessons.labels == NOT_A_DIGIT) & (lessons.folds != 0)]
    known = {one.tobytes() for one in fit.outsiders.numpy()}
    assert {one.tobytes() for one in others.reshape(-1, 28, 28)} <= known


def test_steps_grow_with_drawings_within_bounds() -> None:
    plan = Tuning()
    assert [plan.steps(count) for count in (1, 400, 100_000)] == [40, 80, 400]


def test_it_learns_what_it_is_taught(lessons, replay) -> None:
    before = make_tiny()
    fit = tuning.begin(before, lessons, replay, fold=0, tuning=Tuning(least_steps=60))
    losses = [step.loss for step in fit]
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.1


def test_statistics_stay_as_they_were(lessons, replay) -> None:
    before = make_tiny()
    fit = tuning.begin(before, lessons, replay, fold=0, tuning=PLAN)
    list(fit)
    after = tuning.done(fit).state_dict()
    for name, value in before.state_dict().items():
        if "running" in name:
            torch.testing.assert_close(after[name], value)


def test_the_soup_is_the_mean_and_the_share_draws_it_back() -> None:
    one, two = make_tiny(), make_tiny()
    with torch.no_grad():
        two.digit.bias.add_(1.0)
    soup = tuning.soup([one, two])
    torch.testing.assert_close(soup.digit.bias, one.digit.bias + 0.5)
    near = tuning.drawn_back(one, two, share=0.25)
    torch.testing.assert_close(near.digit.bias, one.digit.bias + 0.25)


def test_a_network_that_forgot_is_drawn_back_furthest(replay) -> None:
    champion = make_tiny()
    good = fitting.Fit(
        champion,
        torch.from_numpy(replay.parts.images),
        torch.from_numpy(replay.parts.labels),
        recipe=fitting.Recipe(epochs=6, batch=60, outsiders=0),
    )
    list(good)
    knows, forgot = good.averaged.eval(), make_tiny()
    share = tuning.share_that_remembers(knows, forgot, replay, tuning=PLAN)
    assert share == min(PLAN.shares)
    assert tuning.share_that_remembers(knows, knows, replay, tuning=PLAN) == max(PLAN.shares)


def test_a_checkpoint_brings_the_networks_back() -> None:
    one, two = make_tiny(), make_tiny()
    with torch.no_grad():
        two.digit.bias.add_(1.0)
    back = tuning.unpack(tuning.pack([one, two]), like=one)
    assert len(back) == 2
    for was, now in zip((one, two), back, strict=True):
        for name, value in was.state_dict().items():
            torch.testing.assert_close(now.state_dict()[name], value)
