"""Tests every registered architecture."""

import pytest
import torch

from training.ml.network import architectures


@pytest.mark.parametrize("name", architectures.ARCHITECTURES)
def test_every_network_is_small_enough(name) -> None:
    assert architectures.parameter_count(architectures.build(name)) <= architectures.PARAMETER_LIMIT


@pytest.mark.parametrize("name", architectures.ARCHITECTURES)
def test_a_network_reads_any_number_of_images(name) -> None:
    made = architectures.build(name).eval()
    for count in (1, 3):
        reading = made(torch.rand(count, 1, 28, 28))
        width = architectures.ARCHITECTURES[name].embedding
        assert reading.logits.shape == (count, 10)
        assert reading.digitness.shape == (count,)
        assert reading.embedding.shape == (count, width)


def test_answers_are_probabilities(tiny) -> None:
    answers = tiny.answers(torch.rand(5, 1, 28, 28))
    assert torch.allclose(answers.probabilities.sum(1), torch.ones(5))
    assert ((answers.is_digit >= 0) & (answers.is_digit <= 1)).all()


def test_half_is_the_digit_threshold(tiny) -> None:
    images = torch.rand(5, 1, 28, 28)
    tiny.digit_threshold.fill_(tiny(images).digit_score[2].item())
    assert tiny.answers(images).is_digit[2].item() == pytest.approx(0.5)


def test_a_leading_digit_speaks_for_a_digit() -> None:
    logits = torch.zeros(3, 10)
    logits[1, 4], logits[2, :2] = 5.0, 5.0
    score = architectures.NetworkOutput(logits, torch.ones(3), torch.zeros(3, 2)).digit_score
    lead = 5 - torch.tensor(9.0).log()
    assert score[1].item() == pytest.approx(1 + architectures.LEAD * lead.item(), rel=1e-5)
    assert score[1] > score[2] > score[0]


def test_a_higher_temperature_makes_answers_less_sure(tiny) -> None:
    images = torch.rand(5, 1, 28, 28)
    sure = tiny.answers(images).probabilities.max(1).values
    tiny.temperature.fill_(2.0)
    assert (tiny.answers(images).probabilities.max(1).values < sure).all()


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(architectures.UnknownArchitecture, match="cnn-5"):
        architectures.build("resnet-152")
