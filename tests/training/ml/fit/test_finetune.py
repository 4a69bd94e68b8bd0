"""Fine-tuning a tiny network on drawings that it does not know."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recognizer.inference.classes import NOT_A_DIGIT
from tests.training.conftest import make_tiny
from training.ml.data import mnist, split
from training.ml.fit import finetune, influence, interpolation, trainer
from training.ml.fit.finetune import FineTuneSet, FineTuning, Replay
from training.ml.network import model_soup
from training.ml.network.architectures import Network
from training.ml.synthesis import digits

PLAN = FineTuning(least_steps=6, batch=48, drawings=16, non_digits=8)


@pytest.fixture(scope="module")
def replay(small: mnist.Mnist) -> Replay:
    parts = split.split(small)
    non_digits = np.random.default_rng(1).integers(0, 256, (90, 28, 28), np.uint8)
    synthetic, labels = digits.make(count=30, seed=1, version=1)
    return Replay(parts, np.arange(5, 12), synthetic, labels, non_digits)


@pytest.fixture(scope="module")
def drawings(small: mnist.Mnist) -> FineTuneSet:
    """Forty turned digits in three views each, and four that are none."""
    turned = np.rot90(small.test_images[:40], axes=(1, 2))
    pictures = np.repeat(np.concatenate([turned, turned[:4, ::-1]])[:, None], 3, axis=1)
    labels = np.concatenate([small.test_labels[:40], np.full(4, NOT_A_DIGIT)]).astype(int)
    return FineTuneSet(np.ascontiguousarray(pictures), labels, np.arange(44) % 4)


def fitted(replay: Replay) -> trainer.Fit:
    """A tiny network that has learnt what is replayed."""
    good = trainer.Fit(
        make_tiny(),
        torch.from_numpy(replay.parts.images),
        torch.from_numpy(replay.parts.labels),
        recipe=trainer.Recipe(epochs=6, batch=60, non_digits=0),
    )
    list(good)
    return good


def test_a_drawing_keeps_its_fold_whatever_comes_or_goes() -> None:
    folds = finetune.assign_folds(range(400), tuning=PLAN)
    assert np.bincount(folds).min() > 80
    fewer = finetune.assign_folds([key for key in range(400) if key != 7], tuning=PLAN)
    np.testing.assert_array_equal(np.delete(folds, 7), fewer)


def test_a_person_is_in_one_fold() -> None:
    people = [one % 9 for one in range(41)]
    folds = finetune.assign_folds(people, tuning=PLAN)
    assert all(len({folds[at] for at in range(41) if at % 9 == one}) == 1 for one in range(9))


def test_a_fold_learns_from_the_others_alone(drawings, replay) -> None:
    fit = finetune.begin(make_tiny(), drawings, replay, fold=2, tuning=PLAN)
    seen = {image.tobytes() for image in fit.images.numpy()}
    digits = drawings.labels != NOT_A_DIGIT
    mine = {one.tobytes() for one in drawings.pictures[(drawings.folds == 2) & digits, 0]}
    others = {one.tobytes() for one in drawings.pictures[(drawings.folds != 2) & digits, 0]}
    assert not mine & seen
    assert others <= seen


def test_what_is_no_digit_teaches_abstaining_and_no_digit(drawings, replay) -> None:
    fit = finetune.begin(make_tiny(), drawings, replay, fold=0, tuning=PLAN)
    assert fit.labels.max() < NOT_A_DIGIT
    others = drawings.pictures[(drawings.labels == NOT_A_DIGIT) & (drawings.folds != 0)]
    known = {one.tobytes() for one in fit.non_digits.numpy()}
    assert {one.tobytes() for one in others.reshape(-1, 28, 28)} <= known


def test_replayed_digits_are_hard_synthetic_or_any(drawings, replay) -> None:
    plan = replace(PLAN, hard=0.5, synthetic=0.25)
    fit = finetune.begin(make_tiny(), drawings, replay, fold=0, tuning=plan)
    hard, drawn, of_drawings = (
        {one.tobytes() for one in pictures.reshape(-1, 28, 28)}
        for pictures in (replay.parts.images[replay.hard], replay.synthetic, drawings.pictures)
    )
    seen = [one.tobytes() for one in fit.images.numpy()]
    replayed = [one for one in seen if one not in of_drawings]
    assert np.mean([one in drawn for one in replayed]) == pytest.approx(0.25, abs=0.01)
    assert 0.5 <= np.mean([one in hard for one in replayed]) < 0.6


def test_synthetic_digits_keep_their_labels(drawings, replay) -> None:
    fit = finetune.begin(make_tiny(), drawings, replay, fold=0, tuning=PLAN)
    labels = {
        one.tobytes(): int(label)
        for one, label in zip(replay.synthetic, replay.synthetic_labels, strict=True)
    }
    seen = [
        (labels[one.tobytes()], int(label))
        for one, label in zip(fit.images.numpy(), fit.labels, strict=True)
        if one.tobytes() in labels
    ]
    assert seen and all(one == other for one, other in seen)


def test_what_the_champion_believes_least_is_shown_most(small, replay) -> None:
    champion = finetune.averaged_network(fitted(replay))
    pictures = small.test_images[:40]
    said = finetune.answers(champion, pictures).probabilities.argmax(1).numpy()
    labels = np.where(np.arange(40) < 4, (said + 1) % 10, said)
    labelled = FineTuneSet(pictures[:, None], labels, np.ones(40, int))
    plan = replace(PLAN, least_steps=40)
    fit = finetune.begin(champion, labelled, replay, fold=0, tuning=plan)
    seen = [one.tobytes() for one in fit.images.numpy()]
    counts = np.array([seen.count(one.tobytes()) for one in pictures])
    assert counts[:4].mean() > 1.2 * counts[4:].mean()
    assert counts.min() >= 1


def test_what_the_champion_takes_for_no_digit_is_shown_most(small, replay) -> None:
    champion = finetune.averaged_network(fitted(replay))
    champion.temperature.fill_(0.01)  # sure of every digit
    pictures = small.test_images[:40]
    said = finetune.answers(champion, pictures)
    labelled = FineTuneSet(
        pictures[:, None], said.probabilities.argmax(1).numpy(), np.ones(40, int)
    )
    scores = said.is_digit.logit() + champion.digit_threshold
    refused = scores.argsort()[:8].numpy()

    def shown(threshold: torch.Tensor) -> int:
        champion.digit_threshold.copy_(threshold)
        fit = finetune.begin(
            champion, labelled, replay, fold=0, tuning=replace(PLAN, least_steps=40)
        )
        seen = [one.tobytes() for one in fit.images.numpy()]
        return sum(seen.count(one.tobytes()) for one in pictures[refused])

    assert shown(scores.median()) > 1.1 * shown(scores.min() - 9)


def test_each_repetition_of_a_drawing_shows_its_next_view(small, replay) -> None:
    pictures = np.random.default_rng(5).integers(0, 256, (8, 3, 28, 28), np.uint8)
    labelled = FineTuneSet(pictures, small.test_labels[:8].astype(int), np.ones(8, int))
    fit = finetune.begin(make_tiny(), labelled, replay, fold=0, tuning=PLAN)
    seen = [one.tobytes() for one in fit.images.numpy()]
    shown = [[seen.count(view.tobytes()) for view in views] for views in pictures]
    assert all(max(views) - min(views) <= 1 and min(views) >= 1 for views in shown)


@given(
    weights=st.lists(st.floats(1, 5), max_size=60),
    count=st.integers(0, 300),
    seed=st.integers(0, 9),
)
def test_each_is_shown_as_its_weight_asks(weights, count, seed) -> None:
    count = count if weights else 0
    times = finetune.repetitions(np.array(weights), count, np.random.default_rng(seed))
    assert times.sum() == count
    assert len(times) == len(weights)
    assert (times >= (count >= len(weights))).all()
    spare = count - len(weights)
    if spare > 0:
        share = spare * np.array(weights) / sum(weights)
        assert (np.abs(times - 1 - share) < 1.001).all()


def test_steps_grow_with_drawings_until_each_is_seen_once() -> None:
    plan = FineTuning()
    assert [plan.steps(count) for count in (1, 400, 10_000)] == [40, 72, 400]
    assert plan.steps(100_000) * plan.drawings >= 75_000


def test_no_view_is_made_that_is_never_shown() -> None:
    plan = FineTuning()
    assert [plan.views(count, most=12) for count in (1, 400, 10_000, 100_000)] == [12, 12, 5, 1]


def test_progress_counts_the_steps_that_are_taken(drawings, replay) -> None:
    fit = finetune.begin(make_tiny(), drawings, replay, fold=0, tuning=PLAN)
    assert fit.steps == PLAN.steps(len(drawings.labels))


def test_each_drawing_that_is_no_digit_is_seen_before_any_twice(replay) -> None:
    count = len(replay.non_digits) // 3 + 5
    pictures = np.random.default_rng(3).integers(0, 256, (count, 3, 28, 28), np.uint8)
    strange = FineTuneSet(pictures, np.full(count, NOT_A_DIGIT), np.ones(count, int))
    fit = finetune.begin(make_tiny(), strange, replay, fold=0, tuning=PLAN)
    known = {one.tobytes() for one in fit.non_digits.numpy()}
    first_views = sum(one[0].tobytes() in known for one in pictures)
    assert first_views == len(replay.non_digits) // 3


@pytest.mark.slow
def test_it_learns_the_labels(drawings, replay) -> None:
    before = make_tiny()
    fit = finetune.begin(before, drawings, replay, fold=0, tuning=FineTuning(least_steps=60))
    losses = [step.loss for step in fit]
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.1


def test_statistics_stay_as_they_were(drawings, replay) -> None:
    before = make_tiny()
    fit = finetune.begin(before, drawings, replay, fold=0, tuning=PLAN)
    list(fit)
    after = finetune.averaged_network(fit).state_dict()
    for name, value in before.state_dict().items():
        if "running" in name:
            torch.testing.assert_close(after[name], value)


def test_the_first_stage_stays_and_all_else_learns(drawings, replay) -> None:
    before = make_tiny()
    fit = finetune.begin(before, drawings, replay, fold=0, tuning=PLAN)
    list(fit)
    after = dict(finetune.averaged_network(fit).named_parameters())
    for name, value in before.named_parameters():
        assert torch.equal(after[name], value) is name.startswith("stages.0.")


def test_the_soup_is_the_mean_and_interpolation_a_weighted_one() -> None:
    one, two = make_tiny(), make_tiny()
    with torch.no_grad():
        two.digit.bias.add_(1.0)
    mean = model_soup.average([one, two])
    torch.testing.assert_close(mean.digit.bias, one.digit.bias + 0.5)
    near = interpolation.interpolate(one, two, share=0.25)
    torch.testing.assert_close(near.digit.bias, one.digit.bias + 0.25)


@pytest.fixture(scope="module")
def knows(replay) -> Network:
    return finetune.averaged_network(fitted(replay))


def biased(network: Network, bias: float) -> Network:
    """It takes more digits for a 3."""
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.digit.bias[3] += bias
    return other


def test_what_forgot_nothing_is_kept_whole(knows, replay) -> None:
    assert interpolation.choose_share(knows, knows, replay, tuning=PLAN) == max(PLAN.shares)


def test_a_network_that_forgets_is_drawn_back_to_where_it_does_not(knows, replay) -> None:
    before, forgets = interpolation.knowledge(knows, replay), biased(knows, 6.0)
    plan = replace(PLAN, loss_rise=0.1)
    share = interpolation.choose_share(knows, forgets, replay, tuning=plan)
    assert 0 < share < 1
    kept, more = (
        interpolation.knowledge(interpolation.interpolate(knows, forgets, share=one), replay)
        for one in (share, 1.0)
    )
    assert not interpolation.misreads_more(before, kept, tuning=plan)
    assert interpolation.misreads_more(before, more, tuning=plan)


def test_the_log_loss_alone_draws_back_to_a_quarter_at_most(knows, replay) -> None:
    """Whatever is kept is less sure of everything, and misreads no digit more."""
    less_sure = copy.deepcopy(knows)
    with torch.no_grad():
        for weights in less_sure.digit.parameters():
            weights.mul_(0.5)
    share = interpolation.choose_share(knows, less_sure, replay, tuning=replace(PLAN, loss_rise=0))
    assert share == PLAN.least_by_loss


def test_where_nothing_is_left_it_says_so(knows, replay) -> None:
    with pytest.raises(interpolation.Forgot):
        interpolation.choose_share(knows, biased(knows, 1000.0), replay, tuning=PLAN)


def test_more_misread_of_one_digit_alone_is_forgetting() -> None:
    labels = torch.arange(5000) % 10
    none = torch.zeros(5000, dtype=torch.bool)
    before, after = (interpolation.Knowledge(labels, torch.zeros(5000), none.clone()) for _ in "ab")
    after.misread[[3, 13]] = True  # of 5,000 two are too many, of one digit or of several
    assert interpolation.misreads_more(before, after, tuning=PLAN)
    before.misread[[0, 1, 2, 4]] = True
    assert interpolation.misreads_more(before, after, tuning=PLAN)  # others are read better
    after.misread[13] = False
    assert not interpolation.misreads_more(before, after, tuning=PLAN)


def test_labels_that_oppose_what_was_known_cost_most(knows, replay) -> None:
    images, labels = replay.parts.images[:40], replay.parts.labels[:40].copy()
    labels[:4] = 3  # whatever they are
    wrong = replay.parts.labels[:40] != labels
    found = influence.costs(knows, biased(knows, 6.0), replay, pictures=images, labels=labels)
    assert wrong[found.argmax()]
    assert found[wrong].min() > found[~wrong].quantile(0.9)
    none = np.full(40, NOT_A_DIGIT)
    assert not influence.costs(knows, knows, replay, pictures=images, labels=none).any()


def test_it_forgot_where_many_digits_say_so_and_not_where_one_does() -> None:
    assert interpolation.has_forgotten(torch.full((5000,), 0.001), tuning=PLAN)
    assert not interpolation.has_forgotten(torch.full((5000,), 0.0002), tuning=PLAN)
    one_of_them = torch.zeros(5000)
    one_of_them[7] = 5.0
    assert not interpolation.has_forgotten(one_of_them, tuning=PLAN)
    assert not interpolation.has_forgotten(torch.full((5000,), -0.1), tuning=PLAN)


def test_a_checkpoint_brings_the_networks_back() -> None:
    one, two = make_tiny(), make_tiny()
    with torch.no_grad():
        two.digit.bias.add_(1.0)
    back = finetune.from_checkpoint(finetune.to_checkpoint([one, two]), like=one)
    assert len(back) == 2
    for was, now in zip((one, two), back, strict=True):
        for name, value in was.state_dict().items():
            torch.testing.assert_close(now.state_dict()[name], value)
