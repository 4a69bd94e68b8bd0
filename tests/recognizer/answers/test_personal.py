"""Reading as one person writes: from their next stroke on, for them alone, in every process.

The champion of these tests says 7 of everything, and sees every drawing alike.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from urllib.parse import urlencode

import numpy as np
import pytest
from django.apps import apps
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from recognizer import registry
from recognizer.answers import answering, exemplars, explaining, personal, serving
from recognizer.answers.stored import worker
from recognizer.inference.personal import MOST_EXEMPLARS
from recognizer.ink import strokes
from recognizer.models import Drawing, Exemplar, ModelVersion, PersonalReading, Prediction, User
from recognizer.services import deleting, labelling
from recognizer.wording import shown_to_owner
from tests import networks
from tests.people import INK as INK_BODY
from tests.people import SEVEN, drawn_by, register

pytestmark = pytest.mark.django_db
INK = strokes.parse(SEVEN, width=280, height=280)


def read(person: User) -> int | None:
    return answering.read_strokes(INK, person=person.pk).shown.digit


committed = partial(TestCase.captureOnCommitCallbacks, execute=True)


def says(drawing: Drawing, digit: int | None, *, author: User | None = None) -> None:
    with committed():
        labelling.label(drawing=drawing, author=author or drawing.owner, digit=digit)


@pytest.fixture
def nine(champion, anna) -> Drawing:
    """A drawing of anna's that she says is a 9."""
    drawing = drawn_by(anna)
    says(drawing, 9)
    return drawing


def another_process() -> personal.KnownPeople:
    """What another process knows of people, which no label in this one tells."""
    return personal.KnownPeople()


def known(process: personal.KnownPeople, person: User) -> list[int]:
    found = process.get(person.pk, ModelVersion.objects.champion().pk)
    return [] if found is None else found.exemplars.labels.tolist()


# Live -------------------------------------------------------------------------------------------


def test_one_correction_counts_at_once_for_that_person_alone(nine, anna, bert):
    assert read(anna) == 9
    assert read(bert) == 7
    assert answering.read_strokes(INK).shown.digit == 7  # nobody's


def test_the_network_alone_is_kept_beside_it_with_the_exemplar(nine, anna):
    reading = answering.read_strokes(INK, person=anna.pk)
    assert (reading.answer.digit, reading.shown.digit) == (7, 9)
    assert reading.personal.source == personal.ExemplarSource(nine.pk, nine.created_at, 9)


def test_a_changed_and_a_withdrawn_label_count_at_once(nine, anna):
    says(nine, 4)
    assert read(anna) == 4
    says(nine, None)
    assert answering.read_strokes(INK, person=anna.pk).shown.verdict == "not a digit"
    with committed():
        labelling.withdraw_label(nine)
    assert read(anna) == 7


def test_a_reviewers_label_counts_for_the_owner(champion, anna, reviewer):
    drawing = drawn_by(anna)
    says(drawing, 4, author=reviewer)
    assert (read(anna), read(reviewer)) == (4, 7)
    says(drawing, 9)  # the reviewer's word counts before the owner's
    assert read(anna) == 4
    with committed():
        labelling.withdraw_label(drawing)
    assert read(anna) == 4


def test_who_does_not_want_it_is_read_as_everybody(nine, anna):
    User.objects.update(personal_reading=False)
    personal.known_people.forget(anna.pk)
    assert read(anna) == 7


@pytest.mark.parametrize("erased", [False, True])
def test_a_deleted_drawing_counts_no_more(nine, anna, erased, monkeypatch):
    monkeypatch.setattr(personal, "CHECK_SECONDS", 0.1)
    process = another_process()
    assert known(process, anna) == [9]
    with committed():
        deleting.delete(Drawing.objects.filter(pk=nine.pk))
    assert read(anna) == 7
    with committed():
        (deleting.erase if erased else deleting.restore)(Drawing.all_objects.deleted())
    assert read(anna) == (7 if erased else 9)
    assert Exemplar.objects.exists() != erased
    time.sleep(personal.CHECK_SECONDS)
    assert known(process, anna) == ([] if erased else [9])


def test_an_account_takes_its_exemplars_along(nine, anna):
    deleting.delete_account(anna)
    assert not Exemplar.objects.exists()


@pytest.mark.slow
def test_another_process_knows_within_a_second(champion, anna):
    process, drawing = another_process(), drawn_by(anna)
    assert known(process, anna) == []
    for digit in (9, 4):
        says(drawing, digit)
        time.sleep(personal.CHECK_SECONDS)
        assert known(process, anna) == [digit]
    with committed():
        labelling.withdraw_label(drawing)
    time.sleep(personal.CHECK_SECONDS)
    assert known(process, anna) == []


def test_a_label_that_fails_leaves_no_exemplar(champion, anna, monkeypatch):
    drawing = drawn_by(anna)
    monkeypatch.setattr(exemplars, "changed_for", lambda *people: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        says(drawing, 9)
    assert not Exemplar.objects.exists()
    assert not drawing.labels.exists()


def test_without_a_model_a_label_is_kept_all_the_same(anna):
    drawing = drawn_by(anna, answered=False)
    says(drawing, 9)
    assert drawing.labels.get().digit == 9
    assert not Exemplar.objects.exists()


def test_far_shapes_change_nothing(anna):
    weights = np.random.default_rng(1).normal(0, 1e-3, (28, 28, 10))
    onnx = networks.linear(weights, np.zeros(10))
    registry.register(onnx=onnx, safetensors=b"", manifest=networks.MANIFEST, origin="shipped")
    drawing = drawn_by(anna)
    alone = answering.read_strokes(INK).answer
    says(drawing, 9)
    far = strokes.parse([[[60, 60], [200, 60], [200, 200]]], width=280, height=280)
    assert read(anna) == 9
    cosine = _cosine(far)
    assert cosine < 0.3
    assert answering.read_strokes(far, person=anna.pk).personal is None
    assert answering.read_strokes(INK).answer == alone


def _cosine(other: strokes.Strokes) -> float:
    pictures = np.stack([answering.read_strokes(ink).pixels for ink in (INK, other)])
    one, two = serving.model_cache.champion().classifier.embed(pictures)
    return float(one @ two / np.linalg.norm(one) / np.linalg.norm(two))


# What it costs ----------------------------------------------------------------------------------


def test_a_second_answer_asks_the_database_nothing(nine, anna, bert, django_assert_num_queries):
    read(anna), read(bert)
    with django_assert_num_queries(0):
        assert (read(anna), read(bert)) == (9, 7)


def test_where_nothing_changed_one_small_query_says_so(nine, anna, monkeypatch):
    read(anna)
    monkeypatch.setattr(personal, "CHECK_SECONDS", 0)
    personal.known_people._held[anna.pk] = _stale(personal.known_people._held[anna.pk])
    with CaptureQueriesContext(connection) as asked:
        read(anna)
    assert len(asked) == 1
    assert "embedding" not in asked[0]["sql"]


def _stale(held):
    return personal.replace(held, fresh_until=0.0)


def test_many_people_take_no_more_queries_than_one(champion, nine, anna, bert):
    says(drawn_by(bert), 4)
    with CaptureQueriesContext(connection) as asked:
        known = another_process().get_many([anna.pk, bert.pk], champion.pk)
    assert len(asked) == 2
    assert [one.exemplars.labels.tolist() for one in known.values()] == [[9], [4]]


def test_memory_is_bounded(champion, anna, bert, monkeypatch):
    monkeypatch.setattr(personal, "MOST_HELD", personal.FEW)
    process = another_process()
    for person in (anna, bert):
        process.get(person.pk, champion.pk)
    assert list(process._held) == [bert.pk]


def test_threads_share_what_is_known(nine, anna):
    answers = number_of_answers(anna, threads=8)
    assert set(answers) == {9}


def number_of_answers(anna: User, *, threads: int) -> list[int]:
    process, version = another_process(), ModelVersion.objects.champion().pk
    process.get(anna.pk, version)
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda _: process.get(anna.pk, version), range(200))
    return [int(one.exemplars.labels[0]) for one in found]


def test_the_least_telling_go_beyond_the_most(nine, anna, monkeypatch):
    monkeypatch.setattr(exemplars, "MOST_EXEMPLARS", 2)
    monkeypatch.setattr("recognizer.inference.personal.MOST_EXEMPLARS", 2)
    for digit in (7, 4, 7):  # the network alone is sure of 7
        says(drawn_by(anna), digit)
    assert sorted(Exemplar.objects.values_list("digit", flat=True)) == [4, 9]
    assert MOST_EXEMPLARS == 300


# Stored -----------------------------------------------------------------------------------------


def test_a_saved_drawing_keeps_both(nine, anna):
    drawing = drawn_by(anna)
    assert (drawing.digit, drawing.answer.digit) == (7, 7)
    shown = shown_to_owner(drawing)
    assert isinstance(shown, PersonalReading)
    assert (shown.digit, shown.exemplar, shown.exemplar_digit) == (9, nine, 9)
    assert shown.differs
    assert shown.confidence > 0.5


@pytest.mark.parametrize("asked", [{}, {"personal": "1"}, {"personal": "0"}])
def test_a_program_may_have_a_drawing_read_as_everybodys(nine, api, broker, asked):
    address = f"/api/drawings/?{urlencode(asked)}"
    made = api.post(address, INK_BODY, format="json").json()
    worker.answer_waiting()
    found = api.get(f"/api/drawings/{made['id']}/").json()
    alone = asked == {"personal": "0"}
    assert found["answer"]["digit"] == 7
    assert (found["personal_answer"] is None) == alone
    drawing = Drawing.objects.get(pk=made["id"])
    assert (explaining.explain_drawing(drawing).reading.shown.digit == 7) == alone


def test_done_twice_it_is_kept_once(nine, anna):
    drawing = drawn_by(anna)
    worker.answer([drawing])
    assert PersonalReading.objects.count() == 1


def test_a_drawing_is_not_read_by_its_own_label(nine):
    Prediction.objects.all().delete()
    worker.answer([nine])
    assert not PersonalReading.objects.exists()
    assert explaining.explain_drawing(nine).reading.personal is None


def test_what_a_person_was_shown_outlives_the_exemplar(nine, anna):
    drawing = drawn_by(anna)
    deleting.erase(Drawing.all_objects.filter(pk=nine.pk))
    shown = PersonalReading.objects.get(prediction__drawing=drawing)
    assert (shown.digit, shown.exemplar, shown.exemplar_digit) == (9, None, 9)


def test_the_models_own_outcome_is_not_touched(nine, anna):
    drawing = drawn_by(anna)
    says(drawing, 9)
    drawing.refresh_from_db()
    assert drawing.outcome == "wrong"
    assert drawing.doubt == Drawing.Doubt.DISAGREED


# Promotion --------------------------------------------------------------------------------------


def promote(digit: int, **how: float) -> ModelVersion:
    version = register(digit, origin="trained", **how)
    registry.promote(version)
    serving.model_cache.forget()
    return version


def drain() -> int:
    """Makes exemplars until none is due, as tasks would; returns how many tasks that took."""
    for count in range(100):
        champion = ModelVersion.objects.champion()
        if champion.exemplars_below is None:
            return count
        with committed():
            exemplars.make_again(champion.pk, champion.exemplars_below)
    raise AssertionError("It does not end.")


def test_a_promotion_makes_them_again_and_old_ones_are_not_used(nine, anna, champion, broker):
    promote(3)
    assert read(anna) == 3
    drain()
    assert read(anna) == 9
    registry.promote(champion)
    serving.model_cache.forget()
    assert read(anna) == 7
    drain()
    assert read(anna) == 9


def test_a_label_of_meanwhile_is_not_lost(nine, anna, broker):
    promote(3)
    other = drawn_by(anna)
    says(other, 4)
    assert known(personal.known_people, anna) == [4]
    drain()
    assert sorted(known(another_process(), anna)) == [4, 9]


def test_a_process_that_has_not_heard_of_the_promotion_makes_the_new_ones(champion, anna, broker):
    drawing = drawn_by(anna)
    version = register(3, origin="trained")
    registry.promote(version)  # this process would notice in half a second
    says(drawing, 9)
    assert Exemplar.objects.get().model_version == version


def test_each_task_does_a_little_and_sends_the_next(champion, anna, broker, monkeypatch):
    for _ in range(3):
        says(drawn_by(anna), 9)
    monkeypatch.setattr(exemplars, "SECONDS_AT_ONCE", 0)
    monkeypatch.setattr(exemplars, "DRAWINGS_AT_ONCE", 1)
    version = promote(3)
    last = Drawing.objects.order_by("pk").last()
    exemplars.make_again(version.pk, last.pk + 1)
    assert broker.tasks()[-1] == ("recognizer.make_exemplars", [version.pk, last.pk])
    assert drain() == 3


def test_what_cannot_be_read_stops_nothing(nine, anna, broker):
    broken = Drawing.objects.create(owner=anna, uploaded=True, width=9, height=9)
    says(broken, 4)
    promote(3)
    drain()
    assert known(another_process(), anna) == [9]


def test_an_upgrade_makes_them_of_what_is_labelled_already(nine, anna, champion, broker):
    Exemplar.objects.all().delete()
    upgrade = import_module("recognizer.migrations.0014_first_exemplars")
    upgrade.ask(apps, None)
    champion.refresh_from_db()
    assert champion.exemplars_below == nine.pk + 1
    drain()
    assert known(another_process(), anna) == [9]


# Removed ----------------------------------------------------------------------------------------


def test_a_removed_one_counts_no_more_until_it_is_labelled_again(nine, anna, broker):
    with committed():
        assert exemplars.remove(nine)
    assert read(anna) == 7
    assert bytes(Exemplar.objects.get().embedding) == b""
    promote(3)
    drain()
    assert read(anna) == 3
    assert not exemplars.remove(nine)
    says(nine, 9)
    assert read(anna) == 9
