"""Reading as one person writes: from their next stroke on, for them alone, in every process."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer import registry
from recognizer.answers import answering, exemplars, personal, serving
from recognizer.inference.personal import MOST_EXEMPLARS
from recognizer.ink import strokes
from recognizer.models import Drawing, Exemplar, ModelVersion, User
from recognizer.services import deleting, labelling
from tests import networks
from tests.people import drawn_by
from tests.recognizer.answers.writing import INK, another_process, committed, known, read, says

pytestmark = pytest.mark.django_db


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
    personal.known_people.expire(anna.pk)
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
