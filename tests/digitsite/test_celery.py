"""How workers begin, and what they keep."""

import os
import subprocess
import sys
from importlib.util import find_spec

import psycopg
import pytest
from celery import signals
from celery.fixups.django import DjangoWorkerFixup
from django.conf import settings as django_settings
from django.db import connection

from digitsite import celery
from tests.stack import ROOT

# As in a worker: its tasks, and NumPy with them, are there before a process begins.
THREADS = """
import os
os.cpu_count = lambda: 64
import django
django.setup()
import numpy
from django.conf import settings
from threadpoolctl import threadpool_info
from digitsite import celery
celery._limit_threads()
import scipy.linalg
print(settings.TRAINING_THREADS, *(one["num_threads"] for one in threadpool_info()))
"""


@pytest.fixture(autouse=True)
def whole_threads():
    """Leaves this process's own threads as they are."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits():
        yield


@pytest.fixture
def nothing_said(monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "")  # so that it is put back as it was
        monkeypatch.delenv(name)


def test_training_has_the_threads_that_it_may_have(nothing_said, settings):
    settings.TRAINING_THREADS = 3
    celery._limit_threads()
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == ("3", "passive")


def test_an_operators_word_counts_more(nothing_said, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    celery._limit_threads()
    assert os.environ["OMP_NUM_THREADS"] == "2"


def threads(tmp_path, **environment: str) -> list[int]:
    """TRAINING_THREADS, and of how many threads each library is that computes by several."""
    unset = ("TRAINING_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    own = {name: value for name, value in os.environ.items() if name not in unset}
    own |= {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", THREADS],
        cwd=ROOT,
        env=own | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.split()]


@pytest.mark.slow
def test_what_was_loaded_before_keeps_to_its_cores_too(tmp_path):
    assert set(threads(tmp_path, TRAINING_THREADS="1")) == {1}


@pytest.mark.slow
def test_a_run_has_half_the_cores_that_it_may_use_not_the_machines(tmp_path):
    [said, *_] = threads(tmp_path)
    assert said == max(len(os.sched_getaffinity(0)) // 2, 1)


# The database ----------------------------------------------------------------------------------

committed = pytest.mark.django_db(transaction=True, available_apps=django_settings.INSTALLED_APPS)
on_postgresql = pytest.mark.skipif(
    "sqlite3" in django_settings.DATABASES["default"]["ENGINE"],
    reason="the tests' SQLite lies in memory, and no connection to it is ever closed",
)


def process_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@on_postgresql
@committed
def test_a_worker_keeps_its_connection_and_heals_a_broken_one():
    worker, task = DjangoWorkerFixup(celery.app), celery.app.tasks["recognizer.predict"]
    first = process_id()
    worker.on_task_postrun(sender=task)
    signals.task_prerun.send(sender=task, task=task)
    assert process_id() == first
    worker.on_task_postrun(sender=task)
    with psycopg.connect(os.environ["DATABASE_URL"]) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [first])
    signals.task_prerun.send(sender=task, task=task)
    assert process_id() != first


@pytest.mark.parametrize("name", celery.SHARED)
def test_what_processes_share_is_there(name):
    assert find_spec(name)
