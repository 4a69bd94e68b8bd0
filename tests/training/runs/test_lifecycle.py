"""The life of runs: asked for, sent, taken, cancelled, reaped."""

import datetime as dt

import pytest
from django.utils import timezone

from recognizer import services
from tests.people import drawn_by, person
from training import tasks
from training.models import Checkpoint, TrainingRun
from training.runs import lifecycle

pytestmark = pytest.mark.django_db
State, Trigger = TrainingRun.State, TrainingRun.Trigger
LONG_AGO = dt.timedelta(minutes=5)


@pytest.fixture
def queued() -> TrainingRun:
    return lifecycle.trigger(trigger=Trigger.STAFF)


@pytest.fixture
def held(queued):
    """A run that a worker holds."""
    return lifecycle.take(queued.pk)


def now(run: TrainingRun) -> TrainingRun:
    return TrainingRun.objects.get(pk=run.pk)


def silence(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - LONG_AGO)


# Asked for -------------------------------------------------------------------------------------


def test_a_trigger_makes_a_run_and_asks_a_worker(broker, on_commit):
    staff = person("jule-of-runs", is_staff=True)
    with on_commit():
        run = lifecycle.trigger(trigger=Trigger.STAFF, asked_by=staff)
    assert (run.state, run.trigger, run.asked_by) == (State.QUEUED, "staff", staff)
    assert broker.tasks() == [("training.run", [run.pk])]
    assert now(run).sent_at is not None


def test_a_trigger_while_a_run_is_active_is_skipped_with_the_reason(queued):
    second = lifecycle.trigger(trigger=Trigger.API)
    assert (second.state, second.reason) == (State.SKIPPED, f"Run {queued.pk} is still queued.")
    assert second.ended_at is not None
    assert now(queued).state == State.QUEUED


def test_without_a_broker_the_run_waits_and_is_sent_later(no_broker, on_commit):
    with on_commit():
        run = lifecycle.trigger(trigger=Trigger.STAFF)
    assert (now(run).state, now(run).sent_at) == (State.QUEUED, None)


def test_what_no_broker_took_is_sent_by_the_next_look(broker, queued):
    lifecycle.resend()
    assert broker.tasks() == [("training.run", [queued.pk])]
    assert now(queued).phase == ""


def test_a_run_that_no_worker_took_is_sent_again_and_says_so(broker, queued):
    TrainingRun.objects.update(sent_at=timezone.now() - LONG_AGO)
    lifecycle.resend()
    lifecycle.resend()
    assert len(broker.tasks()) == 1
    assert now(queued).phase == lifecycle.NOBODY_CAME


# Taken -----------------------------------------------------------------------------------------


def test_a_worker_takes_a_queued_run_once(queued):
    lease = lifecycle.take(queued.pk)
    assert (lease.run.state, lease.run.attempt) == (State.RUNNING, 1)
    assert lease.run.started_at is not None
    assert lifecycle.take(queued.pk) is None


@pytest.mark.parametrize("state", [State.SKIPPED, State.CANCELLED, State.PROMOTED])
def test_what_is_over_is_not_taken(state):
    run = TrainingRun.objects.create(trigger=Trigger.STAFF, state=state)
    assert lifecycle.take(run.pk) is None


# Cancelled -------------------------------------------------------------------------------------


def test_a_queued_run_is_cancelled_at_once(queued):
    assert lifecycle.cancel(queued)
    assert now(queued).state == State.CANCELLED
    assert lifecycle.take(queued.pk) is None


def test_a_run_that_is_held_is_asked_to_end(held):
    assert lifecycle.cancel(held.run)
    assert (now(held.run).state, now(held.run).cancel_asked) == (State.RUNNING, True)


def test_what_is_over_is_not_cancelled(held):
    held.skip("Nothing new.")
    assert not lifecycle.cancel(held.run)
    assert now(held.run).state == State.SKIPPED


def test_a_cancelled_run_whose_worker_died_is_over(held):
    lifecycle.cancel(held.run)
    silence(held.run)
    lifecycle.reap()
    assert now(held.run).state == State.CANCELLED


def test_a_run_whose_worker_is_silent_is_cancelled_at_once(held):
    silence(held.run)
    assert lifecycle.cancel(held.run)
    assert now(held.run).state == State.CANCELLED


def test_a_run_that_took_too_long_and_fell_silent_has_failed(held, settings):
    TrainingRun.objects.update(taken_at=timezone.now() - 2 * LONG_AGO)
    settings.RUN_MOST_SECONDS = 299
    silence(held.run)
    lifecycle.reap()
    run = now(held.run)
    assert (run.state, run.lease) == (State.FAILED, None)
    assert "299 seconds" in run.reason


# Reaped ----------------------------------------------------------------------------------------


def test_a_run_that_is_heard_of_is_left_alone(held):
    lifecycle.reap()
    assert now(held.run).state == State.RUNNING


def test_a_silent_run_goes_on_in_other_hands_from_its_checkpoint(held, broker):
    held.keep(b"half the way")
    silence(held.run)
    lifecycle.reap()
    run = now(held.run)
    assert (run.state, run.lease, run.attempt) == (State.QUEUED, None, 1)
    assert broker.tasks() == [("training.run", [run.pk])]
    other = lifecycle.take(run.pk)
    assert (other.run.attempt, other.kept()) == (2, b"half the way")


def test_a_night_in_which_nobody_worked_does_not_count(held, broker, settings):
    settings.RUN_MOST_SECONDS = 3600
    night = timezone.now() - dt.timedelta(hours=9)
    TrainingRun.objects.update(started_at=night, taken_at=night, heartbeat_at=night)
    lifecycle.reap()
    assert now(held.run).state == State.QUEUED
    again = lifecycle.take(held.run.pk)
    assert again.run.started_at == night
    assert not TrainingRun.objects.worked_too_long().exists()


def test_a_run_that_is_compared_already_is_reaped_too(held, broker):
    held.evaluating()
    silence(held.run)
    lifecycle.reap()
    assert now(held.run).state == State.QUEUED


def test_three_workers_may_die_then_the_run_has_failed(queued, broker):
    for _ in range(3):
        lease = lifecycle.take(queued.pk)
        lease.keep(b"a little")
        silence(queued)
        lifecycle.reap()
    run = now(queued)
    assert (run.state, run.reason) == (
        State.FAILED,
        "Its worker stopped without a word 3 times.",
    )
    assert run.ended_at is not None
    assert not Checkpoint.objects.exists()
    assert lifecycle.take(run.pk) is None


# Enough new labels -----------------------------------------------------------------------------


@pytest.fixture
def label(champion, settings):
    """Says what so many new drawings of a person are."""
    settings.RETRAIN_AFTER_LABELS = 3

    def label(count: int, *, teaches: bool = True) -> None:
        owner = person(f"klaus-{timezone.now().timestamp()}", teaches=teaches)
        for _ in range(count):
            services.label(drawing=drawn_by(owner, answered=False), author=owner, digit=7)

    return label


def test_enough_new_labels_start_a_run(label):
    label(2)
    assert lifecycle.look_for_labels() is None
    label(1)
    assert lifecycle.look_for_labels().trigger == Trigger.LABELS


def test_labels_of_those_who_said_no_count_for_nothing(label):
    label(5, teaches=False)
    assert lifecycle.look_for_labels() is None


def test_a_second_label_for_the_same_drawing_is_no_second_drawing(label):
    owner = person("lisa-of-runs")
    drawing = drawn_by(owner, answered=False)
    for digit in (1, 2, 3):
        services.label(drawing=drawing, author=owner, digit=digit)
    assert lifecycle.look_for_labels() is None


@pytest.mark.parametrize("end", ["skip", "reject", "fail"])
def test_the_same_labels_never_ask_twice_however_the_run_ended(label, end):
    label(3)
    run = lifecycle.look_for_labels()
    getattr(lifecycle.take(run.pk), end)("For a reason.")
    assert lifecycle.look_for_labels() is None
    label(3)
    assert lifecycle.look_for_labels() is not None


def test_what_was_labelled_while_a_run_went_on_is_not_forgotten(label, queued):
    label(3)
    assert lifecycle.look_for_labels() is None
    assert lifecycle.trigger(trigger=Trigger.STAFF).state == State.SKIPPED
    lifecycle.cancel(queued)
    assert lifecycle.look_for_labels() is not None


@pytest.fixture
def in_vain(label):
    """A run for three labels that came to nothing."""

    def in_vain(end: str) -> TrainingRun:
        label(3)
        run = lifecycle.look_for_labels()
        lease = lifecycle.take(run.pk)
        lease.fail("The disk is full.") if end == "fail" else lease.cancelled()
        return now(run)

    return in_vain


def end_long_ago() -> None:
    TrainingRun.objects.update(ended_at=timezone.now() - lifecycle.ASKS_AGAIN_AFTER)


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_labels_of_a_run_that_came_to_nothing_ask_again_later_with_one_more(label, in_vain, end):
    in_vain(end)
    assert lifecycle.new_labels(10) == 3
    end_long_ago()
    assert lifecycle.look_for_labels() is None  # not the same ones alone, for ever
    label(1)
    assert lifecycle.look_for_labels().trigger == Trigger.LABELS


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_they_do_not_ask_again_at_once(label, in_vain, end):
    in_vain(end)
    label(1)
    for _ in range(3):
        tasks.tend()
    assert TrainingRun.objects.count() == 1


def test_labels_that_a_run_took_heed_of_count_no_more(label):
    label(3)
    lifecycle.take(lifecycle.look_for_labels().pk).reject("It is worse.")
    label(1)
    end_long_ago()
    assert lifecycle.new_labels(10) == 1
    assert lifecycle.look_for_labels() is None


def test_zero_turns_it_off(label, settings):
    settings.RETRAIN_AFTER_LABELS = 0
    label(1)
    assert lifecycle.look_for_labels() is None
