"""Tests what a run is measured on, and how it ends, without fine-tuning."""

import numpy as np
import pytest
import torch

from recognizer import registry
from recognizer.models import Drawing, ModelVersion
from tests import networks
from tests.people import register
from tests.training.conftest import make_tiny
from tests.training.helpers import rows
from training.datasets import pictures, revisions
from training.ml.fit.finetune import FineTuneSet, FineTuning
from training.ml.gate import gather
from training.ml.gate.evidence import VIEWS, views
from training.ml.network import onnx_reader
from training.ml.network.architectures import Network
from training.ml.network.predictions import Predictions
from training.models import DatasetRevision, Subset, TrainingRun
from training.runs import label_trigger
from training.runs.steps import comparison, pipeline

State = TrainingRun.State


# Drawings of a dataset ---------------------------------------------------------------------------


@pytest.fixture
def drawings(champion: ModelVersion, anna, bert) -> list[Drawing]:
    return [rows.drawing(owner, version=champion, truth=4) for owner in (anna, bert, bert, anna)]


def drawn(dataset, subset: str = Subset.TRAIN) -> list[int]:
    return pictures.labelled_drawings(dataset, subset, version=1, views=0, seed=1).ids.tolist()


@pytest.mark.django_db
def test_drawings_come_by_subset(drawings) -> None:
    dataset = rows.dataset(drawings[:3])
    rows.use(drawings[3], dataset, subset=Subset.HOLDOUT)
    assert drawn(dataset) == [one.pk for one in drawings[:3]]
    assert drawn(dataset, Subset.HOLDOUT) == [drawings[3].pk]


@pytest.mark.django_db
def test_what_was_set_aside_or_deleted_since_is_left_out(drawings) -> None:
    dataset = rows.dataset(drawings[:2])
    rows.use(drawings[2], dataset, set_aside="doubted")
    drawings[0].delete()
    assert drawn(dataset) == [drawings[1].pk]
    drawings[1].delete()
    assert drawn(dataset) == []


@pytest.mark.django_db
def test_whoever_said_no_since_is_left_out(drawings, bert) -> None:
    dataset = rows.dataset(drawings)
    bert.teaches = False
    bert.save()
    assert drawn(dataset) == [drawings[0].pk, drawings[3].pk]


# What a run may rest on --------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "promote", "exhausted"),
    [
        (State.PROMOTED, True, True),
        (State.REJECTED, False, True),
        (State.REJECTED, True, False),  # another champion came meanwhile
    ],
)
def test_a_dataset_is_exhausted_where_the_gate_decided(state, promote, exhausted) -> None:
    run = TrainingRun(state=state, decision={"promote": promote}, champion=register(7))
    assert label_trigger.is_exhausted(run) is exhausted


@pytest.mark.django_db
def test_a_run_that_lost_to_another_champion_may_be_asked_for_again() -> None:
    run = TrainingRun(state=State.REJECTED, decision={"promote": False}, champion=register(7))
    registry.promote(register(4, origin="trained"))
    assert not label_trigger.is_exhausted(run)


@pytest.mark.django_db
def test_what_shipped_last_is_the_measure_of_all_promotions() -> None:
    mnist = np.zeros((10, 28, 28), np.uint8), np.array([4, 4, 4, 7, 7, 1, 1, 1, 1, 1])

    def errors(champion: ModelVersion) -> int | None:
        reader = comparison.reader(champion)
        shipped = comparison.shipped_reader(champion, reader)
        return gather.errors_of(shipped, reader, reader.read(mnist[0]), mnist)

    assert errors(register(1, origin="trained")) is None
    first = register(7)
    assert errors(first) == 8
    register(4)
    assert errors(first) == 7


# Who reads what ----------------------------------------------------------------------------------


def saying(digit: int) -> Network:
    """A network that says the same digit of everything."""
    made = make_tiny()
    with torch.no_grad():
        made.digit.weight.zero_()
        made.digit.bias.copy_(10 * torch.eye(10)[digit])
    return made


def blank(count: int, views: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, views, 28, 28), np.uint8)


def test_each_training_drawing_is_read_by_the_copy_not_trained_on_it() -> None:
    folds = np.array([2, 0, 1, 1, 0])
    labels = FineTuneSet(blank(5, 12), np.zeros(5, int), folds)
    predicted = comparison.out_of_fold([saying(7), saying(8), saying(9)], labels)
    assert predicted.digits.reshape(5, VIEWS).tolist() == [[7 + fold] * VIEWS for fold in folds]


def test_many_drawings_prove_in_fewer_views() -> None:
    assert [views(count) for count in (0, 500, 5000, 30_000)] == [VIEWS, VIEWS, 4, 1]
    many = np.zeros((5000, 12, 1, 1), np.uint8)
    assert comparison.tested_views(many).shape[1] == 4


def test_folds_hang_on_the_dataset_alone(small) -> None:
    images = small.test_images[:40, None]
    drawn = pictures.LabelledDrawings(np.arange(40), np.zeros(40, int), np.zeros(40, int), images)
    few, many = (
        pipeline._fine_tune_set(drawn, DatasetRevision(counts={"writers": count}), FineTuning())
        for count in (revisions.PEOPLE_APART - 1, revisions.PEOPLE_APART)
    )
    assert len(set(few.folds)) > 1
    assert len(set(many.folds)) == 1  # they are of one person


def test_the_challenger_reads_the_holdout_and_the_copies_all_else() -> None:
    champion, challenger = (onnx_reader.Reader(networks.saying(digit)) for digit in (7, 4))
    out_of_fold = Predictions(np.eye(10)[[0] * 3 + [1] * 3 + [2] * 3], np.full(9, 0.6))
    held_out = gather.HeldOutSet(
        pictures=blank(3, 3),
        labels=np.array([4, 1, 2]),
        ids=np.arange(3),
        holdout=np.array([True, False, False]),
        out_of_fold=out_of_fold,
    )
    pair, views = gather._drawings(champion, challenger, held_out)
    assert pair.champion.digits.tolist() == [7, 7, 7]
    assert pair.challenger.digits.tolist() == [4, 1, 2]
    assert views.challenger.argmax(2).tolist() == [[4] * 3, [1] * 3, [2] * 3]
    np.testing.assert_array_equal(views.champion[:, 0], pair.champion.probabilities)
    np.testing.assert_array_equal(views.challenger[:, 0], pair.challenger.probabilities)


@pytest.mark.django_db
def test_holdout_and_training_drawings_are_tested_in_as_many_views(champion, anna) -> None:
    trained_on, kept_out, known = (rows.drawing(anna, version=champion, truth=4) for _ in range(3))
    dataset = rows.dataset([trained_on, known])
    rows.use(kept_out, dataset, subset=Subset.HOLDOUT)
    drawn = pictures.labelled_drawings(dataset, Subset.TRAIN, version=1, views=2, seed=1)
    out_of_fold = Predictions(np.eye(10)[[3] * 3 + [5] * 3], np.ones(6))
    found = comparison.held_out(champion, dataset, drawn, out_of_fold)
    assert found.ids.tolist() == [kept_out.pk, trained_on.pk, known.pk]
    assert found.holdout.tolist() == [True, False, False]
    assert found.pictures.shape == (3, 3, 28, 28)
    assert found.out_of_fold.digits[3:].tolist() == [3] * 3 + [5] * 3
    np.testing.assert_array_equal(found.pictures[1:], drawn.pictures)
