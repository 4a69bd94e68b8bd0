"""Deleting drawings and accounts."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from threading import Event

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.models.signals import pre_delete

from recognizer.answers.stored import worker
from recognizer.ink import strokes
from recognizer.models import AuditEvent, Drawing, User
from recognizer.services import deleting, labelling, saving
from tests.people import SEVEN, drawn_by


def test_many_drawings_are_deleted_in_batches(champion, anna, bert, monkeypatch):
    monkeypatch.setattr(deleting, "CHANGED_AT_ONCE", 2)
    for _ in range(5):
        drawn_by(anna)
    other = drawn_by(bert)
    assert deleting.delete(Drawing.objects.owned_by(anna)) == 5
    assert list(Drawing.objects.all()) == [other]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere several write at once")
def test_others_can_write_between_two_batches(champion, anna, monkeypatch):
    """SQLite's waiting writers are asleep nearly all of the time."""
    pauses: list[float] = []
    monkeypatch.setattr(deleting, "CHANGED_AT_ONCE", 2)
    monkeypatch.setattr(time, "sleep", pauses.append)
    for _ in range(5):
        drawn_by(anna)
    deleting.delete(Drawing.objects.all())
    assert [pause > 0.1 for pause in pauses] == [True, True]


def erased() -> list[str]:
    """What the audit log tells of drawings that are gone for ever."""
    told = AuditEvent.objects.filter(kind=AuditEvent.Kind.ERASED)
    return list(told.order_by("pk").values_list("about", flat=True))


def test_what_is_erased_is_logged_even_when_the_rest_fails(champion, anna, monkeypatch):
    monkeypatch.setattr(deleting, "CHANGED_AT_ONCE", 2)
    going = []
    for _ in range(5):
        drawn_by(anna)

    def stop(instance: Drawing, **kwargs: object) -> None:
        going.append(instance)
        if len(going) == 3:
            raise KeyboardInterrupt

    pre_delete.connect(stop, sender=Drawing)
    try:
        with pytest.raises(KeyboardInterrupt):
            deleting.erase(Drawing.objects.all())
    finally:
        pre_delete.disconnect(stop, sender=Drawing)
    assert (Drawing.objects.count(), erased()) == (3, ["2 drawings"])
    assert deleting.erase(Drawing.objects.all()) == 3
    assert deleting.erase(Drawing.objects.all()) == 0
    assert erased() == ["2 drawings", "2 drawings", "1 drawing"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="in memory SQLite refuses threads")
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_drawings_that_are_deleted_and_labelled_at_once_cause_no_deadlock(champion, broker, anna):
    """The rows lie in another order than that of their ids."""
    first, last = drawn_by(anna), drawn_by(anna)
    Drawing.objects.filter(pk=first.pk).update(outcome="right")  # which an index holds

    def delete() -> int:
        with closing(connections[DEFAULT_DB_ALIAS]):
            return deleting.delete(Drawing.objects.owned_by(anna))

    with ThreadPoolExecutor() as threads:
        with transaction.atomic():
            labelling._hold([first.pk])
            deletion = threads.submit(delete)
            wait([deletion], timeout=0.5)
            labelling._hold([last.pk])
        assert deletion.result() == 2


def test_an_account_goes_with_its_drawings(champion, anna, bert):
    drawn_by(anna)
    other = drawn_by(bert)
    deleting.delete_account(anna)
    assert list(Drawing.objects.all()) == [other]
    assert not anna.__class__.objects.filter(username="anna").exists()


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_an_account_goes_although_a_program_of_its_owner_goes_on_saving(champion, broker, anna):
    """A drawing comes after each statement of the deletion that may still miss it."""

    def save() -> None:  # SQLite in memory lets nobody wait
        with suppress(DatabaseError), closing(connections[DEFAULT_DB_ALIAS]):
            saving.keep_strokes(owner=owner, strokes=strokes.parse(SEVEN, width=280, height=280))

    def save_after(execute, sql, *rest):
        done = execute(sql, *rest)
        if sql.startswith("SELECT"):
            saves.append(threads.submit(save))
            wait(saves, timeout=0.2)
        return done

    owner, saves = User.objects.get(), []
    with ThreadPoolExecutor() as threads, connection.execute_wrapper(save_after):
        deleting.delete_account(anna)
    assert len(saves) > 1
    assert not any(one.exception() for one in saves)
    assert not User.objects.exists() and not Drawing.all_objects.exists()


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "postgresql", reason="in memory SQLite refuses threads")
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_an_account_that_goes_and_workers_that_answer_its_drawings_cause_no_deadlock(
    champion, broker
):
    """Its owner's programs go on saving meanwhile."""

    def save(owner: User) -> None:
        with suppress(DatabaseError):  # once the account is gone
            saving.keep_strokes(owner=owner, strokes=strokes.parse(SEVEN, width=280, height=280))

    def go_on(act: Callable[..., None], *values: User) -> None:
        with closing(connections[DEFAULT_DB_ALIAS]):
            while not gone.is_set():
                act(*values)

    for name in ("ada", "bea", "cleo"):
        owner, gone = User.objects.create(username=name), Event()
        with ThreadPoolExecutor() as threads:
            try:
                programs = [threads.submit(go_on, save, owner) for _ in range(2)]
                workers = [threads.submit(go_on, worker.answer_waiting) for _ in range(2)]
                wait(workers, timeout=0.5)
                deleting.delete_account(User.objects.get(pk=owner.pk))
            finally:
                gone.set()
        assert not any(one.exception() for one in programs + workers)
    assert not User.objects.exists() and not Drawing.all_objects.exists()
