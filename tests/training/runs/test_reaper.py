"""What becomes of a run whose worker gives no heartbeat."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.training.helpers import leases
from tests.training.helpers.leases import LONG_AGO, now, stop_heartbeat
from training.models import Checkpoint, TrainingRun
from training.runs import lifecycle, reaper

pytestmark = pytest.mark.django_db
State = TrainingRun.State


def test_a_run_that_is_heard_of_is_left_alone(held):
    reaper.reap()
    assert now(held.run).state == State.RUNNING


def test_a_run_without_a_heartbeat_is_continued_by_another_worker_from_its_checkpoint(held, broker):
    held.save_checkpoint(b"half the way")
    stop_heartbeat(held.run)
    reaper.reap()
    run = now(held.run)
    assert (run.state, run.lease, run.attempt) == (State.QUEUED, None, 1)
    assert broker.tasks() == [("training.run", [run.pk])]
    other = leases.take(run)
    assert (other.run.attempt, other.checkpoint()) == (2, b"half the way")


def test_a_night_in_which_nobody_worked_does_not_count(held, broker, settings):
    settings.RUN_MOST_SECONDS = 3600
    night = timezone.now() - dt.timedelta(hours=9)
    TrainingRun.objects.update(started_at=night, taken_at=night, heartbeat_at=night)
    reaper.reap()
    assert now(held.run).state == State.QUEUED
    again = leases.take(held.run)
    assert again.run.started_at == night
    assert not TrainingRun.objects.worked_too_long().exists()


def test_a_run_that_is_compared_already_is_reaped_too(held, broker):
    held.evaluating()
    stop_heartbeat(held.run)
    reaper.reap()
    assert now(held.run).state == State.QUEUED


def test_three_workers_may_die_then_the_run_has_failed(queued, broker):
    for _ in range(3):
        lease = leases.take(queued)
        lease.save_checkpoint(b"a little")
        stop_heartbeat(queued)
        reaper.reap()
    run = now(queued)
    assert (run.state, run.reason) == (
        State.FAILED,
        "Its worker stopped without a word 3 times.",
    )
    assert run.ended_at is not None
    assert not Checkpoint.objects.exists()
    assert leases.take(run) is None


def test_a_cancelled_run_whose_worker_died_is_over(held):
    lifecycle.cancel(held.run)
    stop_heartbeat(held.run)
    reaper.reap()
    assert now(held.run).state == State.CANCELLED


def test_a_run_that_is_cancelled_just_after_its_worker_died_is_over_soon(held):
    lifecycle.cancel(held.run)
    reaper.reap()
    assert now(held.run).state == State.RUNNING
    TrainingRun.objects.update(heartbeat_at=timezone.now() - reaper.UNRESPONSIVE_AFTER)
    reaper.reap()
    assert now(held.run).state == State.CANCELLED


def test_a_run_that_took_too_long_and_lost_its_worker_has_failed(held, settings):
    TrainingRun.objects.update(taken_at=timezone.now() - 2 * LONG_AGO)
    settings.RUN_MOST_SECONDS = 299
    stop_heartbeat(held.run)
    reaper.reap()
    run = now(held.run)
    assert (run.state, run.lease) == (State.FAILED, None)
    assert "299 seconds" in run.reason
