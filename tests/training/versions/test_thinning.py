"""Predictions that nobody will ask for again are deleted, and no others."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer import registry
from recognizer.answers import serving
from recognizer.answers.stored import refresh
from recognizer.models import Drawing, ModelVersion, PersonalReading, Prediction
from recognizer.services import deleting, labelling
from tests.people import register, signed_in
from tests.training.helpers import rows
from training.models import Promotion, SpotCheck
from training.versions import thinning

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


@pytest.fixture
def versions(champion) -> list[ModelVersion]:
    """Four versions that answered one after the other; the last is champion."""
    found = [champion]
    for digit in (1, 2, 3):
        version = register(digit, origin="trained")
        previous = registry.promote(version)
        Promotion.objects.create(version=version, previous=previous)
        found.append(version)
    return found


def answered_by(drawing: Drawing, versions: list[ModelVersion], *, days_ago: float = 40) -> None:
    at = timezone.now() - dt.timedelta(days=days_ago)
    for version in versions:
        rows.predict(drawing, version, digit=7, at=at)


def kept(drawing: Drawing) -> list[int]:
    theirs = Prediction.objects.filter(drawing=drawing).order_by("pk")
    return list(theirs.values_list("model_version", flat=True))


def pks(versions: list[ModelVersion]) -> list[int]:
    return [version.pk for version in versions]


def test_the_first_and_those_of_the_last_two_versions_stay(anna, versions):
    drawing = rows.drawing(anna)
    answered_by(drawing, versions)
    assert thinning.thin() == 1
    first, _, previous, last = versions
    assert kept(drawing) == pks([first, previous, last])


def test_the_answer_stays_though_later_versions_have_not_read_it_yet(anna, versions):
    drawing = rows.drawing(anna)
    answered_by(drawing, versions[:2])
    Drawing.objects.filter(pk=drawing.pk).update(answer=drawing.predictions.order_by("pk").last())
    assert thinning.thin() == 0
    assert kept(drawing) == pks(versions[:2])


def test_a_new_prediction_stays(anna, versions, settings):
    drawing = rows.drawing(anna)
    answered_by(drawing, versions, days_ago=9)
    settings.PREDICTION_DAYS = 10
    assert thinning.thin() == 0
    settings.PREDICTION_DAYS = 8
    assert thinning.thin() == 1


def test_all_stay_of_what_was_ever_labelled(anna, versions):
    drawing, taken_back = rows.drawing(anna, truth=4), rows.drawing(anna, truth=4)
    labelling.withdraw_label(taken_back)
    for one in (drawing, taken_back):
        answered_by(one, versions)
    assert thinning.thin() == 0
    assert kept(drawing) == kept(taken_back) == pks(versions)


def test_all_stay_of_a_spot_check(anna, versions):
    drawing = rows.drawing(anna)
    answered_by(drawing, versions)
    SpotCheck.objects.create(drawing=drawing, digit=7, model_version=versions[1])
    assert thinning.thin() == 0
    assert kept(drawing) == pks(versions)


def test_a_deleted_drawing_comes_back_with_its_answer(anna, versions):
    drawing = rows.drawing(anna)
    answered_by(drawing, versions)
    answer = Drawing.objects.get(pk=drawing.pk).answer_id
    deleting.delete(Drawing.objects.filter(pk=drawing.pk))
    assert thinning.thin() == 1
    deleting.restore(Drawing.all_objects.deleted().filter(pk=drawing.pk))
    assert Drawing.objects.get(pk=drawing.pk).answer_id == answer


def test_what_was_read_the_owners_way_goes_with_its_prediction_alone(anna, versions):
    drawing = rows.drawing(anna)
    answered_by(drawing, versions)
    for prediction in drawing.predictions.all():
        PersonalReading.objects.create(
            prediction=prediction, digit=1, confidence=0.9, probabilities=[0.1] * 10, is_digit=0.9
        )
    thinning.thin()
    assert PersonalReading.objects.count() == drawing.predictions.count() == 3


def test_what_its_owner_is_shown_stays(anna, versions):
    unlabelled, labelled = rows.drawing(anna), rows.drawing(anna, truth=7)
    for one in (unlabelled, labelled):
        answered_by(one, versions)
    session = signed_in(anna, Client)
    pages = ["/history/", f"/usage/{labelled.pk}/", f"/api/drawings/{labelled.pk}/"]

    def shown_on(page: str) -> str:
        return re.sub("csrfmiddlewaretoken.*", "", session.get(page).content.decode())

    before = [shown_on(page) for page in pages]
    shown = session.get(f"/api/drawings/{unlabelled.pk}/").json()
    assert thinning.thin() == 1
    assert [shown_on(page) for page in pages] == before
    left = session.get(f"/api/drawings/{unlabelled.pk}/").json()
    assert left["predictions"] == [
        one for one in shown["predictions"] if one["model_version"] != versions[1].pk
    ]
    assert {**left, "predictions": []} == {**shown, "predictions": []}


def test_a_rollback_reads_nothing_again(anna, versions):
    drawing = rows.drawing(anna)
    answered_by(drawing, versions)
    thinning.thin()
    before = set(Prediction.objects.values_list("pk", flat=True))
    previous = versions[2]
    registry.promote(previous)
    serving.model_cache.champion()
    refresh.answer_again(previous.pk, drawing.pk + 1)
    answer = Drawing.objects.get(pk=drawing.pk).answer
    assert answer is not None and answer.model_version == previous
    assert set(Prediction.objects.values_list("pk", flat=True)) == before


def test_a_pass_looks_through_a_bounded_number(anna, versions, monkeypatch):
    drawings = [rows.drawing(anna) for _ in range(5)]
    for one in drawings:
        answered_by(one, versions)
    monkeypatch.setattr(thinning, "IDS_AT_ONCE", 8)
    monkeypatch.setattr(thinning, "DELETED_AT_ONCE", 1)
    passes = []
    while sum(passes) < len(drawings) and len(passes) < 10_000:
        passes.append(thinning.thin())
    assert max(passes) <= 2
    assert all(len(kept(one)) == 3 for one in drawings)
    assert thinning.thin() == 0


def test_it_takes_no_more_queries_for_more_predictions(anna, versions):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            thinning.thin()
        return len(asked)

    counts = []
    for number in (1, 6):
        for _ in range(number):
            answered_by(rows.drawing(anna), versions)
        counts.append(queries())
    assert counts[0] == counts[1]
