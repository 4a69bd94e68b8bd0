"""Tests the charts of the model card, as PNG files."""

import io

import numpy as np
import pytest
from PIL import Image

from training.ml.evaluation.metrics import evaluate
from training.ml.pretraining.pretrain import EpochResult
from training.ml.report import figures

HISTORY = [EpochResult(epoch=n, loss=1 / n, accuracy=0.9, validation=0.95) for n in (1, 2, 3)]
FOUND = evaluate(np.eye(10), np.array([0, 1, 2, 3, 4, 5, 6, 7, 9, 9]))


def size(png: bytes) -> tuple[int, int]:
    picture = Image.open(io.BytesIO(png))
    picture.load()
    return picture.size


@pytest.mark.slow
def test_every_chart_is_a_picture() -> None:
    for png in (figures.curves(HISTORY), figures.confusion(FOUND), figures.reliability(FOUND)):
        assert min(size(png)) > 200


def test_the_same_figures_give_the_same_picture() -> None:
    assert figures.confusion(FOUND) == figures.confusion(FOUND)


def test_another_result_gives_another_picture() -> None:
    perfect = evaluate(np.eye(10), np.arange(10))
    assert figures.confusion(perfect) != figures.confusion(FOUND)


def test_one_epoch_without_an_error_can_be_drawn() -> None:
    only = [EpochResult(epoch=1, loss=0.1, accuracy=1.0, validation=1.0)]
    assert min(size(figures.curves(only))) > 200
