"""Tests the training loop: reproducible, resumable, and able to learn."""

import itertools

import pytest
import torch

from training.ml.fit import trainer
from training.ml.fit.augmentation import Strength
from training.ml.network import inference
from training.ml.network.architectures import NetworkOutput


def weights(fit: trainer.Fit) -> list[torch.Tensor]:
    return list(fit.averaged.state_dict().values())


def same(first: trainer.Fit, second: trainer.Fit) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


def test_the_same_seed_gives_the_same_network(fit) -> None:
    first, again, other = fit(seed=1), fit(seed=1), fit(seed=2)
    for one in (first, again, other):
        list(one)
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.slow
def test_it_learns(fit) -> None:
    begun = fit(epochs=20)
    losses = [progress.loss for progress in begun]
    assert sum(losses[-6:]) < 0.6 * sum(losses[:6])


def test_progress_counts_steps_and_epochs(fit) -> None:
    seen = list(fit(epochs=2))
    assert [one.step for one in seen] == list(range(1, 13))
    assert [one.epoch for one in seen] == [1] * 6 + [2] * 6
    assert {one.steps for one in seen} == {12}
    assert all(0 <= one.accuracy <= 1 for one in seen)


def test_a_fit_that_was_stopped_goes_on_as_if_it_had_not(fit, tmp_path) -> None:
    whole, stopped, resumed = fit(), fit(), fit(seed=1)
    list(whole)
    list(itertools.islice(stopped, 5))
    torch.save(stopped.state(), tmp_path / "state.pt")
    resumed.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    assert len(list(resumed)) == 7
    assert same(whole, resumed)


def test_an_epoch_shows_every_image_at_most_once(fit) -> None:
    begun = fit(epochs=1)
    orders = []
    for step in range(begun.steps_per_epoch):
        begun.step = step
        _, labels, _ = begun._digits(begun._generator(step))
        orders.append(labels)
    seen = torch.cat(orders).bincount(minlength=10)
    assert (seen <= begun.labels.bincount(minlength=10)).all()


def test_without_non_digits_only_digits_are_learnt_from(fit) -> None:
    begun = fit(non_digits=0)
    before = begun.network.digitness.weight.clone()
    begun.take_step()
    moved = (begun.network.digitness.weight - before).abs().max()
    # Weight decay alone moves it: by the learning rate's share of 2%.
    assert moved < 1e-3 * before.abs().max()


def test_the_learning_rate_rises_then_falls_to_nearly_nothing() -> None:
    recipe = trainer.Recipe(learning_rate=1.0, warmup=0.2)
    rates = [trainer.one_cycle(step, 100, recipe=recipe) for step in range(100)]
    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[19] == 1.0
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] == pytest.approx(1 / 80)


def test_a_sure_answer_for_what_is_no_digit_costs() -> None:
    logits = torch.zeros(2, 10)
    sure = torch.tensor([[0.0] * 10, [9.0] + [0.0] * 9])
    labels, clean = torch.tensor([4]), torch.tensor([True])
    costs = [
        trainer.loss_of(
            NetworkOutput(said, torch.zeros(2), said), labels, clean=clean, smoothing=0
        ).item()
        for said in (logits, sure)
    ]
    assert costs[1] > costs[0] + 0.3


def test_whether_degraded_ink_is_a_digit_is_not_learnt() -> None:
    def cost(digitness: float, *, clean: bool) -> float:
        reading = NetworkOutput(
            torch.zeros(2, 10), torch.tensor([digitness, 0.0]), torch.zeros(2, 1)
        )
        labels = torch.tensor([4])
        return trainer.loss_of(reading, labels, clean=torch.tensor([clean]), smoothing=0).item()

    assert cost(-5.0, clean=True) > cost(5.0, clean=True) + 1
    assert cost(-5.0, clean=False) == cost(5.0, clean=False)


def test_a_share_of_each_batch_is_degraded(fit) -> None:
    usual, degraded = fit(), fit(degraded=0.5)
    generators = [one._generator(0) for one in (usual, degraded)]
    (was, _, _), (now, _, clean) = (
        one._digits(generator) for one, generator in zip((usual, degraded), generators, strict=True)
    )
    assert int((~clean).sum()) == len(clean) // 2
    same = (was == now).flatten(1).all(1)
    assert same[clean].all()
    assert same[~clean].float().mean() < 0.2


def test_images_become_shares_of_white() -> None:
    images = torch.tensor([[[0, 255], [51, 0]]], dtype=torch.uint8)
    assert inference.as_input(images)[0, 0].tolist() == [[0.0, 1.0], [pytest.approx(0.2), 0.0]]


def test_augmented_images_are_images_again_and_fixed_by_the_seed(small) -> None:
    images = torch.from_numpy(small.test_images)
    first, again, other = (
        trainer.augmented(images, strength=Strength(), seed=seed) for seed in (1, 1, 2)
    )
    assert first.dtype == torch.uint8
    assert first.shape == images.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_what_need_not_be_exact_is_read_nearly_the_same(fit, small) -> None:
    done = fit(epochs=6)
    list(done)
    images = torch.from_numpy(small.test_images)
    exact = inference.read(done.averaged, images)
    roughly = inference.read(done.averaged, images, exact=False)
    assert all(one.dtype == torch.float32 for one in roughly)
    torch.testing.assert_close(roughly.logits, exact.logits, rtol=0.05, atol=0.1)
    is_rounded = not torch.equal(roughly.logits, exact.logits)
    assert is_rounded is inference.has_fast_bf16(torch.device("cpu"))
