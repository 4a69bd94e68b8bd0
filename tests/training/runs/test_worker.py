"""The work of a run from its beginning to its end, in real processes that are killed."""

import json
import os
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.db import InterfaceError, connection

from recognizer import registry
from tests.people import register
from tests.stack import ROOT, SERVICES
from tests.training.helpers import leases
from tests.training.helpers.leases import now
from training.models import TrainingRun
from training.runs import heartbeat, lifecycle

State = TrainingRun.State
slow = pytest.mark.slow


@pytest.fixture
def run(db) -> TrainingRun:
    return lifecycle.trigger(trigger="staff")


def test_the_work_ends_the_run(run):
    leases.execute(run, lambda lease: lease.skip("Nothing new."))
    assert (now(run).state, now(run).reason) == (State.SKIPPED, "Nothing new.")
    assert now(run).ended_at is not None


def test_a_task_that_comes_twice_does_the_work_once(run):
    times = []

    def work(lease):
        times.append(lease)
        leases.execute(run, work)
        lease.reject("It is no better.")

    leases.execute(run, work)
    leases.execute(run, work)
    assert len(times) == 1


def test_whatever_goes_wrong_is_the_reason(run, caplog):
    def work(lease):
        raise ZeroDivisionError("division by zero")

    leases.execute(run, work)
    assert now(run).state == State.FAILED
    assert now(run).reason == "It stopped with an error. ZeroDivisionError: division by zero"
    assert "Traceback" in caplog.text


def test_work_that_decides_nothing_has_failed(run):
    leases.execute(run, lambda lease: None)
    assert now(run).state == State.FAILED


def test_another_champion_meanwhile_is_no_error(run, champion, caplog):
    def work(lease):
        challenger = register(3, origin="trained")
        lease.record(champion=champion, challenger=challenger)
        lease.evaluating()
        registry.promote(register(5, origin="trained"))
        lease.promote(challenger)

    leases.execute(run, work)
    assert (now(run).state, now(run).challenger is None) == (State.REJECTED, False)
    assert "no longer answers" in now(run).reason
    assert "Traceback" not in caplog.text


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
@pytest.mark.slow
def test_a_heartbeat_goes_on_after_its_connection_broke():
    lease = leases.take(lifecycle.trigger(trigger="staff"))
    started, over, asked = now(lease.run).heartbeat_at, threading.Event(), []

    def broken_once(execute, *how):
        asked.append(how)
        if len(asked) == 1:
            raise InterfaceError("connection already closed")
        over.set()
        return execute(*how)

    with connection.execute_wrapper(broken_once):
        heartbeat._beat(lease, over)
    assert now(lease.run).heartbeat_at > started


def test_an_error_after_the_end_changes_nothing(run):
    def work(lease):
        lease.reject("It is no better.")
        raise ZeroDivisionError

    leases.execute(run, work)
    assert now(run).state == State.REJECTED


@pytest.fixture
def play(new_var):
    """Plays a scenario of tests/training/helpers/lives.py on a database file of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in SERVICES}

    def play(scenario: str) -> dict:
        done = subprocess.run(
            [sys.executable, "-m", "tests.training.helpers.lives", scenario],
            cwd=ROOT,
            env=environment | {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "VAR": str(new_var)},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return play


@slow
def test_killed_in_the_middle_it_goes_on_from_its_checkpoint(play):
    said = play("killed")
    assert (said["requeued"], said["state"], said["attempt"]) == ("queued", "rejected", 2)
    assert said["evidence"]["attempt 1"] == 0
    assert said["evidence"]["went on from"] >= 3


@slow
def test_a_worker_that_is_told_to_stop_puts_its_run_back(play):
    said = play("told_to_stop")
    assert said["seconds"] < 5
    assert (said["put_back"], said["state"], said["attempt"]) == ("queued", "rejected", 1)
    assert said["evidence"]["went on from"] >= 3


@slow
def test_an_import_does_not_wait_for_a_run(play):
    assert play("imported_meanwhile")["state"] == "running"


@slow
def test_killed_three_times_it_has_failed(play):
    said = play("killed_thrice")
    assert (said["state"], said["attempt"]) == ("failed", 3)
    assert said["reason"] == "Its worker stopped without a word 3 times."
    assert said["evidence"].keys() == {"attempt 1", "attempt 2", "attempt 3", "pid"}


@slow
def test_a_worker_that_was_taken_for_dead_stops_and_changes_nothing(play):
    said = play("taken_away")
    assert (said["state"], said["reason"], said["code"]) == ("rejected", "It is done.", 0)


@slow
def test_a_worker_that_only_computes_is_heard_of(play):
    assert play("beats")["seconds"] < 4


@slow
@pytest.mark.parametrize("scenario", ["cancelled", "cancelled_thinking"])
def test_a_cancelled_run_ends_within_two_seconds(play, scenario):
    said = play(scenario)
    assert (said["state"], said["reason"]) == ("cancelled", "Staff cancelled it.")
    assert said["seconds"] < 2


IT_TOOK = "It was not done within 2 seconds, the most a run may take."


@slow
def test_a_run_that_takes_too_long_has_failed(play):
    said = play("too_long")
    assert (said["state"], said["reason"], said["attempt"]) == ("failed", IT_TOOK, 1)
    assert said["seconds"] < 5


@slow
@pytest.mark.parametrize(
    ("scenario", "state", "reason"),
    [
        ("cancelled_hanging", "cancelled", "Staff cancelled it."),
        ("too_long_hanging", "failed", IT_TOOK),
    ],
)
def test_a_run_that_hangs_is_killed_and_does_not_begin_again(play, scenario, state, reason):
    said = play(scenario)
    assert said["before"] == "running"
    assert (said["state"], said["reason"], said["attempt"]) == (state, reason, 1)


@slow
def test_a_worker_that_was_taken_for_dead_and_computes_is_killed(play):
    said = play("taken_for_dead")
    assert (said["state"], said["attempt"]) == ("running", 2)


@slow
def test_many_triggers_and_workers_at_once_make_one_run(play):
    said = play("triggered_at_once")
    assert said["taken"] == 1
    assert said["attempt"] == 1
    assert len(said["skipped"]) == 7
    assert all(reason.endswith("is still queued.") for reason in said["skipped"])


@slow
def test_of_many_promotions_at_once_one_counts(play):
    assert play("promoted_at_once") == {"promoted": 1, "right": True}
