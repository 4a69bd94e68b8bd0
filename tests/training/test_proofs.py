"""What a run is measured on, and when it has decided: parts of the work that need no tuning."""

import numpy as np
import pytest

from recognizer import registry
from recognizer.models import Drawing, ModelVersion
from tests.recognizer.conftest import register
from tests.training import rows
from training import classroom, pipeline, runs
from training.models import Subset, TrainingRun

State = TrainingRun.State


# Drawings of a dataset ---------------------------------------------------------------------------


@pytest.fixture
def drawings(champion: ModelVersion, anna, bert) -> list[Drawing]:
    return [rows.drawing(owner, version=champion, truth=4) for owner in (anna, bert, bert, anna)]


def drawn(dataset, subset: str = Subset.TRAIN) -> list[int]:
    return classroom.drawn(dataset, subset, version=1, hands=0, seed=1).ids.tolist()


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
    ("state", "promote", "said"),
    [
        (State.PROMOTED, True, True),
        (State.REJECTED, False, True),
        (State.REJECTED, True, False),  # another champion came meanwhile
    ],
)
def test_a_run_had_its_say_where_the_gate_decided(state, promote, said) -> None:
    run = TrainingRun(state=state, decision={"promote": promote}, champion=register(7))
    assert runs.had_its_say(run) is said


@pytest.mark.django_db
def test_a_run_that_lost_to_another_champion_may_be_asked_for_again() -> None:
    run = TrainingRun(state=State.REJECTED, decision={"promote": False}, champion=register(7))
    registry.promote(register(4, origin="trained"))
    assert not runs.had_its_say(run)


@pytest.mark.django_db
def test_what_shipped_last_is_the_measure_of_all_promotions() -> None:
    images, labels = np.zeros((10, 28, 28), np.uint8), np.array([4, 4, 4, 7, 7, 1, 1, 1, 1, 1])
    assert pipeline._shipped_errors(images, labels) is None
    register(7)
    assert pipeline._shipped_errors(images, labels) == 8
    register(4)
    register(1, origin="trained")
    assert pipeline._shipped_errors(images, labels) == 7
