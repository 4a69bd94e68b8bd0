"""Tests the random damage that pretraining adds to images."""

import pytest
import torch

from training.ml.fit import degradation
from training.ml.network import inference


@pytest.fixture
def digits(small) -> torch.Tensor:
    return inference.as_input(torch.from_numpy(small.train_images[:26]))


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("way", degradation.WAYS, ids=lambda way: way.__name__)
def test_each_way_changes_digits_and_leaves_most_of_them(way, digits) -> None:
    degraded = way(digits, generator()).clamp(0, 1)
    assert degraded.shape == digits.shape
    changed = (degraded - digits).abs().mean()
    assert 0.001 < changed < 0.5


def test_the_seed_fixes_what_is_degraded(digits) -> None:
    first, again, other = (
        degradation.degrade(digits, generator=generator(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.min() >= 0
    assert first.max() <= 1


@pytest.mark.parametrize("count", [1, 3, 12, 13, 14, 26])
def test_any_number_of_digits_keeps_its_number(digits, count) -> None:
    assert len(degradation.degrade(digits[:count], generator=generator())) == count
