"""Tests the augmentation of images."""

import pytest
import torch

from training.ml.fit import augmentation
from training.ml.fit.augmentation import Strength

NONE = Strength(rotation=0, slant=0, scale=0, stretch=0, shift=0, bend=0, thickness=0, contrast=0)


@pytest.fixture
def digits(small) -> torch.Tensor:
    return torch.from_numpy(small.train_images[:50]).unsqueeze(1).float() / 255


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_what_comes_out_has_the_shape_and_range_of_what_went_in(digits) -> None:
    changed = augmentation.augment(digits, strength=Strength(), generator=seeded())
    assert changed.shape == digits.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert changed.isfinite().all()


def test_every_image_changes_and_keeps_most_of_its_ink(digits) -> None:
    changed = augmentation.augment(digits, strength=Strength(), generator=seeded())
    assert ((changed - digits).abs().amax((1, 2, 3)) > 0.1).all()
    ratio = changed.sum((1, 2, 3)) / digits.sum((1, 2, 3))
    assert (ratio > 0.3).all()
    assert (ratio < 3).all()


def test_the_seed_fixes_the_result(digits) -> None:
    first, again, other = (
        augmentation.augment(digits, strength=Strength(), generator=seeded(seed))
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_no_strength_changes_nothing(digits) -> None:
    changed = augmentation.augment(digits, strength=NONE, generator=seeded())
    assert torch.allclose(changed, digits, atol=1e-3)


def test_a_slanted_line_leans(digits) -> None:
    line = torch.zeros(1, 1, 28, 28)
    line[:, :, 4:24, 13:15] = 1
    grid = augmentation.affine_grid(
        1, strength=Strength(**{**vars(NONE), "slant": 0.5}), generator=seeded(), device=line.device
    )
    leant = augmentation.warp(line, grid)[0, 0]
    top, bottom = centre(leant[6]), centre(leant[21])
    assert abs(top - bottom) > 1


def test_a_bent_field_is_smooth(digits) -> None:
    field = augmentation.elastic_field(8, bend=2.0, generator=seeded(), device=torch.device("cpu"))
    assert field.shape == (8, 28, 28, 2)
    steps = (field[:, 1:] - field[:, :-1]).abs().amax() * 14
    assert 0 < steps < 1


def test_thickness_goes_both_ways(digits) -> None:
    changed = augmentation.change_thickness(digits, limit=0.9, generator=seeded())
    more = changed.sum((1, 2, 3)) > digits.sum((1, 2, 3))
    assert 10 < int(more.sum()) < 40
    assert changed.amax((1, 2, 3)).min() > 0.4


def test_contrast_keeps_black_black(digits) -> None:
    changed = augmentation.change_contrast(digits, limit=0.35, generator=seeded())
    assert changed[digits == 0].max() < 0.01


def centre(row: torch.Tensor) -> float:
    return float((row * torch.arange(28)).sum() / row.sum())
