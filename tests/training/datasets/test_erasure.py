"""What is kept of drawings that were deleted: their numbers."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone

from recognizer.models import Drawing, User
from recognizer.services import deleting
from tests.training.helpers import rows
from training import tasks
from training.datasets import erasure
from training.models import DatasetRevision, DatasetSample, TrainingRun

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
State = TrainingRun.State


@pytest.fixture
def drawings(champion, anna) -> list[Drawing]:
    return [rows.drawing(anna, version=champion, digit=7, truth=4) for _ in range(6)]


@pytest.fixture
def run(champion, drawings) -> TrainingRun:
    evidence = rows.evidence(fixed=drawings[:3], broken=drawings[3:5], lost=drawings[5:])
    data = rows.dataset(drawings)
    DatasetSample.objects.update(doubt=0.7)
    return rows.run(State.REJECTED, dataset=data, champion=champion, evidence=evidence)


def known(dataset: DatasetRevision) -> dict[int, tuple[int | None, int | None, float]]:
    found = dataset.samples.values_list("drawing_id", "label_id", "digit", "doubt")
    return {pk: tuple(words) for pk, *words in found}


def test_of_a_deleted_drawing_the_number_stays(run, drawings):
    gone, kept = drawings[0].pk, drawings[1]
    drawings[0].delete()
    tasks.forget()
    assert known(run.dataset)[gone] == (None, None, 0.0)
    assert known(run.dataset)[kept.pk] == (kept.label_id, 4, 0.7)


def test_of_a_deleted_account_nothing_is_known(run, anna: User):
    deleting.delete_account(anna)
    erasure.forget_deleted()
    assert set(known(run.dataset).values()) == {(None, None, 0.0)}
    run.refresh_from_db()
    assert run.evidence["said"] == {}
    assert erasure.named_in(run.evidence) == set()
    assert run.evidence["gone"] == {"fixed": 3, "broken": 2, "lost": 1}


def test_what_a_run_saw_of_others_stays(run, drawings):
    before = run.evidence
    gone = [drawings[0].pk, drawings[3].pk]
    Drawing.objects.filter(pk__in=gone).delete()
    erasure.forget_deleted()
    run.refresh_from_db()
    assert run.evidence["fixed"] == [drawings[1].pk, drawings[2].pk]
    assert run.evidence["broken"] == [drawings[4].pk]
    assert run.evidence["regressions"] == before["regressions"]
    assert set(run.evidence["said"]) == {str(drawings[place].pk) for place in (1, 2, 4)}
    assert run.evidence["mnist"] == before["mnist"]
    drawings[1].delete()
    erasure.forget_deleted()
    run.refresh_from_db()
    assert run.evidence["gone"] == {"fixed": 2, "broken": 1, "lost": 0}


def test_nothing_deleted_changes_nothing(run):
    before = known(run.dataset), run.evidence
    erasure.forget_deleted()
    run.refresh_from_db()
    assert (known(run.dataset), run.evidence) == before


@pytest.mark.parametrize("evidence", [{}, {"telling": None, "said": None, "regressions": None}])
def test_evidence_that_names_nobody(evidence):
    run = rows.run(State.REJECTED, evidence=evidence)
    erasure.forget_deleted()
    run.refresh_from_db()
    assert run.evidence == evidence


def test_each_look_goes_on_where_the_last_one_stopped(run, drawings, champion, monkeypatch):
    """And begins anew: what is deleted behind it is found the next time."""
    monkeypatch.setattr(erasure, "DRAWINGS_AT_ONCE", 2)
    monkeypatch.setattr(erasure, "RUNS_AT_ONCE", 1)
    more = rows.run(State.PROMOTED, evidence=rows.evidence(fixed=drawings[:1]), promote=False)
    numbers = [one.pk for one in drawings]
    Drawing.objects.filter(pk__in=[numbers[0], numbers[-1]]).delete()
    left = []
    for _ in range(3):
        erasure.forget_deleted()
        left.append(sum(label is not None for label, *_ in known(run.dataset).values()))
    assert left == [5, 5, 4]
    more.refresh_from_db()
    assert more.evidence["fixed"] == []
    Drawing.objects.filter(pk=numbers[1]).delete()
    for _ in range(3):
        erasure.forget_deleted()
    assert known(run.dataset)[numbers[1]] == (None, None, 0.0)


def test_a_run_at_work_is_left_alone(drawings):
    """It writes its evidence itself, and is looked through when it is over."""
    active = rows.run(State.EVALUATING, evidence=rows.evidence(fixed=drawings[:1]))
    number = drawings[0].pk
    drawings[0].delete()
    erasure.forget_deleted()
    active.refresh_from_db()
    assert active.evidence["fixed"] == [number]


def test_without_a_broker_it_begins_anew(run, drawings, no_broker):
    drawings[0].delete()
    erasure.forget_deleted()
    assert cache.get("erasure:drawings") is None
    assert None in {label for label, *_ in known(run.dataset).values()}


def test_what_a_worker_left_unfinished_is_swept(run, drawings):
    young, old = rows.dataset(drawings), rows.dataset(drawings)
    ago = timezone.now() - dt.timedelta(days=2)
    DatasetRevision.objects.exclude(pk=young.pk).update(created_at=ago)
    for _ in range(2):
        tasks.forget()
    assert set(DatasetRevision.objects.all()) == {run.dataset, young}
    assert not DatasetSample.objects.filter(dataset=old.pk).exists()
