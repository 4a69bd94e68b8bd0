"""Tests the fitting of temperature and digit threshold."""

import pytest
import torch

from training.ml.fit import calibration
from training.ml.network.architectures import NetworkOutput


def test_the_temperature_that_made_the_labels_is_found() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn((20_000, 10), generator=generator) * 3
    drawn = (logits / 2.5).softmax(1).multinomial(1, generator=generator).squeeze(1)
    assert calibration.fit_temperature(logits, drawn) == pytest.approx(2.5, rel=0.05)


def test_the_threshold_lets_the_wanted_share_pass() -> None:
    digitness = torch.arange(1000.0)
    threshold = calibration.fit_threshold(digitness, accepted=0.995)
    assert (digitness >= threshold).float().mean().item() == pytest.approx(0.995)


def test_a_network_accepts_its_share_of_the_digits_it_was_calibrated_on(tiny) -> None:
    images = torch.rand(1000, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        output = tiny(images)
    calibration.calibrate(tiny, output=output, labels=torch.arange(1000) % 10)
    with torch.inference_mode():
        accepted = (tiny.answers(images).is_digit >= 0.5).float().mean().item()
    assert accepted == pytest.approx(calibration.ACCEPTED, abs=0.0011)


def test_the_threshold_is_set_by_the_augmented_digits_where_given(tiny) -> None:
    logits = torch.randn(100, 10)
    plain = NetworkOutput(logits, torch.full((100,), 5.0), torch.zeros(100, 2))
    augmented = plain._replace(digitness=torch.full((100,), 1.5))
    calibration.calibrate(tiny, output=plain, labels=torch.arange(100) % 10, augmented=augmented)
    low = calibration.fit_threshold(augmented.digit_score, accepted=calibration.ACCEPTED)
    assert tiny.digit_threshold.item() == pytest.approx(low)
