"""What the processes say, and what of it is left out."""

import logging
import os
import sys

import pytest
from django.conf import settings

from digitsite.logs import NoRoutine, say

RECEIVED = "Task %(name)s[%(id)s] received"
SENDING = "Scheduler: Sending due task %s (%s)"


def passes(level: int, words: str, *about: object) -> bool:
    record = logging.LogRecord("celery", level, "", 1, words, about, None)
    return bool(NoRoutine().filter(record))


@pytest.mark.parametrize("name", ["training.tend", "recognizer.sweep"])
def test_routine_that_goes_well_is_not_told(name):
    assert not passes(logging.INFO, RECEIVED, {"name": name, "id": "1"})
    assert not passes(logging.INFO, SENDING, "tend", name)
    assert passes(logging.ERROR, RECEIVED, {"name": name, "id": "1"})


def test_all_else_is_told():
    assert passes(logging.INFO, RECEIVED, {"name": "training.run", "id": "1"})
    assert passes(logging.INFO, SENDING, "Retrain every night", "training.scheduled")
    assert passes(logging.INFO, "Ready.")


def test_the_filter_is_where_celery_speaks_of_tasks():
    filtered = {name for name, how in settings.LOGGING["loggers"].items() if how.get("filters")}
    assert filtered == {"celery.beat", "celery.worker.strategy", "celery.app.trace"}


def test_the_site_goes_on_when_its_terminal_is_gone(monkeypatch):
    terminal, end = os.openpty()
    monkeypatch.setattr(sys, "stdout", open(end, "w"))  # noqa: SIM115 - `say` replaces it
    os.close(terminal)
    say("Stopping ...")
    say("Nobody reads this.")
