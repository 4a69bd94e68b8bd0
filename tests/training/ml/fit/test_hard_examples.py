"""The polish of a tiny network."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from training.ml.fit import hard_examples
from training.ml.fit.hard_examples import Polish
from training.ml.fit.trainer import Recipe
from training.ml.pretraining import pretrain

POLISH = Polish(Recipe(batch=20, non_digits=4, seed=3), copies=2, steps=5, hard=0.8, hardest=12)


@pytest.fixture
def finished(fit):
    done = fit()
    list(done)
    return done


def test_the_hardest_are_those_of_the_least_margin() -> None:
    probabilities = np.array([[0.9, 0.1, 0], [0.4, 0.35, 0.25], [0.6, 0.4, 0], [0.5, 0.49, 0.01]])
    np.testing.assert_array_equal(hard_examples.hardest(probabilities, count=2), [3, 1])


def test_each_copy_reads_other_pictures_and_mostly_the_hardest(finished) -> None:
    copies = list(hard_examples.fits(finished, mnist=200, polish=POLISH))
    assert len(copies) == 2
    assert all(copy.steps == 5 and len(copy.images) == 100 for copy in copies)
    assert (copies[0].images != copies[1].images).any()
    for copy in copies:
        _, times = torch.unique(copy.images, dim=0, return_counts=True)
        assert times.sort(descending=True).values[: POLISH.hardest].sum() >= 80
    assert set(map(bytes, copies[0].images.numpy())) <= set(map(bytes, finished.images.numpy()))


def test_the_hardest_are_of_mnist(finished) -> None:
    first = {bytes(image) for image in finished.images[:20].numpy()}
    polish = replace(POLISH, hard=1.0)
    [copy, *_] = hard_examples.fits(finished, mnist=20, polish=polish)
    assert {bytes(image) for image in copy.images.numpy()} <= first


def test_the_network_that_it_begins_from_stays_as_it_was(finished) -> None:
    before = [value.clone() for value in finished.averaged.state_dict().values()]
    pretrain.polish(finished, POLISH, mnist=200, on_step=lambda step: None)
    after = finished.averaged.state_dict().values()
    assert all(torch.equal(one, two) for one, two in zip(before, after, strict=True))


def test_the_mean_of_the_copies_stays(finished) -> None:
    copies = list(hard_examples.fits(finished, mnist=200, polish=POLISH))
    for copy in copies:
        list(copy)
    mean = pretrain.polish(finished, POLISH, mnist=200, on_step=lambda step: None)
    biases = [copy.averaged.digit.bias for copy in copies]
    torch.testing.assert_close(mean.digit.bias, torch.stack(biases).mean(0))
    assert not torch.equal(mean.digit.bias, finished.averaged.digit.bias)


def test_the_seed_fixes_it(finished) -> None:
    def ends(seed: int) -> torch.Tensor:
        polish = replace(POLISH, recipe=replace(POLISH.recipe, seed=seed))
        return pretrain.polish(finished, polish, mnist=200, on_step=lambda step: None).digit.bias

    assert torch.equal(ends(3), ends(3))
    assert not torch.equal(ends(3), ends(4))
