"""Exemplars after a promotion, and without those that were removed."""

from importlib import import_module

import pytest
from django.apps import apps

from recognizer import registry
from recognizer.answers import exemplars, personal, serving
from recognizer.models import Drawing, Exemplar, ModelVersion
from tests.people import drawn_by, register
from tests.recognizer.answers.writing import another_process, committed, known, read, says

pytestmark = pytest.mark.django_db


def promote(digit: int, **how: float) -> ModelVersion:
    version = register(digit, origin="trained", **how)
    registry.promote(version)
    serving.model_cache.expire()
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
    serving.model_cache.expire()
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
