"""Tests a run's lease: what its holder may write, and when it is lost."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from recognizer import registry
from recognizer.models import ModelVersion
from tests.people import person, register
from tests.training.helpers import leases, rows
from training.datasets import revisions
from training.models import Promotion, TrainingRun
from training.runs import lifecycle, reaper
from training.runs.lease import LeaseLost, RunLease
from training.runs.training_curve import MOST_POINTS, TrainingCurve

pytestmark = pytest.mark.django_db
State = TrainingRun.State


@pytest.fixture
def lease() -> RunLease:
    return leases.take(lifecycle.trigger(trigger="staff"))


@pytest.fixture
def challenger(champion, lease) -> ModelVersion:
    """A version that the leased run made and compares with the champion."""
    made = register(3, origin="trained")
    lease.record(champion=champion, challenger=made)
    lease.evaluating()
    return made


def stored(lease: RunLease) -> TrainingRun:
    return TrainingRun.objects.get(pk=lease.run.pk)


def take_away(lease: RunLease) -> RunLease:
    """Another worker gets the run."""
    TrainingRun.objects.filter(pk=lease.run.pk).update(state=State.QUEUED, lease=None)
    return leases.take(lease.run)


# How it goes -----------------------------------------------------------------------------------


def test_says_what_it_does_and_how_far_it_is(lease):
    lease.phase("Fine-tuning", steps=10)
    for step in range(1, 11):
        lease.progress(step, loss=1 / step, accuracy=0.9)
    run = stored(lease)
    assert (run.phase, run.step, run.steps) == ("Fine-tuning", 10, 10)
    assert [point["step"] for point in run.curve] == list(range(1, 11))
    assert run.seconds_left == 0


def test_many_steps_are_few_writes(lease, django_assert_max_num_queries):
    lease.phase("Fine-tuning", steps=5000)
    with django_assert_max_num_queries(2):
        for step in range(1, 1000):
            lease.progress(step, loss=0.5)


def test_tells_the_time_that_is_left(lease, monkeypatch):
    monkeypatch.setattr("training.runs.lease.WRITE_SECONDS", 0)
    lease.phase("Fine-tuning", steps=100)
    lease.progress(50)
    assert stored(lease).seconds_left is None  # no pace yet: it may go on from a checkpoint
    lease.progress(51)
    assert 0 <= stored(lease).seconds_left < 10


def test_what_goes_on_from_a_checkpoint_draws_its_curve_on_from_there(lease):
    lease.phase("Fine-tuning", steps=10)
    for step in range(1, 11):
        lease.progress(step, loss=1.0)
    second = take_away(lease)
    second.phase("Fine-tuning", steps=10)
    for step in range(6, 11):
        second.progress(step, loss=2.0)
    losses = [point["loss"] for point in stored(second).curve]
    assert losses == [1.0] * 5 + [2.0] * 5


def test_a_curve_has_few_points_and_keeps_every_validation():
    curve = TrainingCurve([])
    for step in range(1, 10_001):
        validation = 0.9 if step % 500 == 0 else None
        curve.add(step, loss=1.0, accuracy=None, validation=validation)
    assert 100 < len(curve.points) <= MOST_POINTS
    assert sum(point["validation"] is not None for point in curve.points) == 20
    steps = [point["step"] for point in curve.points]
    assert steps == sorted(steps)


def test_a_curve_of_validations_alone_has_few_points_too():
    curve = TrainingCurve([])
    for step in range(1, 2000):
        curve.add(step, loss=None, accuracy=None, validation=0.5)
    assert len(curve.points) <= MOST_POINTS


def test_the_last_checkpoint_counts(lease):
    assert lease.checkpoint() is None
    lease.save_checkpoint(b"one")
    lease.save_checkpoint(b"two")
    assert lease.checkpoint() == b"two"


# Whose it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "do",
    [
        lambda lease: lease.phase("Going on"),
        lambda lease: lease.evaluating(),
        lambda lease: lease.record(seed=5),
        lambda lease: lease.save_checkpoint(b"x"),
        lambda lease: lease.skip("x"),
        lambda lease: lease.reject("x"),
        lambda lease: lease.fail("x"),
        lambda lease: lease.cancelled(),
    ],
)
def test_a_worker_that_lost_the_run_changes_nothing(lease, do):
    other = take_away(lease)
    with pytest.raises(LeaseLost):
        do(lease)
    run = stored(other)
    assert (run.state, run.phase, run.seed, run.reason) == (State.RUNNING, "Starting", 1, "")
    assert other.checkpoint() is None


def test_a_worker_that_lost_the_run_promotes_nothing(lease, challenger, champion):
    take_away(lease)
    with pytest.raises(LeaseLost):
        lease.promote(challenger)
    assert ModelVersion.objects.champion() == champion


def test_a_run_that_is_to_be_cancelled_ends_at_the_next_write(lease):
    lifecycle.cancel(lease.run)
    with pytest.raises(LeaseLost):
        lease.progress(1)
    assert lease.is_cancelled
    lease.cancelled()
    assert stored(lease).state == State.CANCELLED


def test_a_run_that_is_to_be_cancelled_promotes_nothing(lease, challenger, champion):
    lifecycle.cancel(lease.run)
    with pytest.raises(LeaseLost):
        lease.promote(challenger)
    assert ModelVersion.objects.champion() == champion


def test_a_run_that_ended_is_not_cancelled_any_more(lease):
    lease.skip("Nothing new.")
    with pytest.raises(LeaseLost):
        lease.cancelled()
    assert not lease.is_cancelled
    assert (stored(lease).state, stored(lease).reason) == (State.SKIPPED, "Nothing new.")


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_what_a_challenger_learned_from_stays_known_however_its_run_ends(
    lease, challenger, champion, end
):
    """Staff may promote it: then its drawings must not prove for those that come after it."""
    drawing = rows.drawing(person("otto-who-labelled"), truth=7)
    lease.record(dataset=rows.dataset([drawing]))
    lease.fail("The disk is full.") if end == "fail" else lease.cancelled()
    assert revisions.training_drawings(challenger) == {drawing.pk}
    assert revisions.training_drawings(champion) == set()


def test_what_a_challenger_learned_from_stays_known_where_its_worker_died(lease, challenger):
    drawing = rows.drawing(person("otto-who-labelled"), truth=7)
    lease.record(dataset=rows.dataset([drawing]))
    TrainingRun.objects.update(cancel_asked=True, heartbeat_at=timezone.now() - timedelta(hours=1))
    reaper.reap()
    assert stored(lease).state == State.CANCELLED
    assert revisions.training_drawings(challenger) == {drawing.pk}


def test_steps_of_which_nobody_knows_the_number_are_few_writes_too(
    lease, django_assert_max_num_queries
):
    lease.phase("Reading")
    with django_assert_max_num_queries(3):
        for step in range(1, 100):
            lease.progress(step, loss=0.5)


# Promotion -------------------------------------------------------------------------------------


def test_a_promotion_ends_the_run_and_is_on_record(lease, challenger, champion):
    lease.save_checkpoint(b"not needed any more")
    assert lease.promote(challenger, "It is better.")
    assert (stored(lease).state, lease.is_over) == (State.PROMOTED, True)
    assert ModelVersion.objects.champion() == challenger
    [record] = Promotion.objects.all()
    assert (record.version, record.previous, record.run, record.by, record.reason) == (
        challenger,
        champion,
        lease.run,
        None,
        "It is better.",
    )
    assert lease.checkpoint() is None


def test_only_what_was_compared_is_promoted(champion, lease):
    other = register(3, origin="trained")
    lease.record(champion=champion)
    with pytest.raises(LeaseLost):
        lease.promote(other)
    assert (ModelVersion.objects.champion(), stored(lease).state) == (champion, State.RUNNING)


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_while_a_promotion_is_written_the_run_is_not_over(lease, challenger):
    seen = []

    def look(execute, *how):
        seen.append(lease.is_over)
        return execute(*how)

    with connection.execute_wrapper(look):
        lease.promote(challenger)
    assert not any(seen)
    assert lease.is_over


def test_where_another_became_champion_meanwhile_the_run_is_rejected(lease, challenger):
    third = register(5, origin="trained")
    registry.promote(third)
    assert not lease.promote(challenger)
    assert (stored(lease).state, lease.is_over) == (State.REJECTED, True)
    assert "no longer answers" in stored(lease).reason
    assert ModelVersion.objects.champion() == third
    assert not Promotion.objects.exists()
