"""When labels start a run."""

import pytest
from django.utils import timezone

from recognizer.services import labelling
from tests.people import drawn_by, person
from tests.training.helpers import leases
from training import tasks
from training.models import TrainingRun
from training.runs import label_trigger, lifecycle

pytestmark = pytest.mark.django_db
State = TrainingRun.State


@pytest.fixture
def label(champion, settings):
    """Says what so many new drawings of a person are."""
    settings.RETRAIN_AFTER_LABELS = 3

    def label(count: int, *, teaches: bool = True) -> None:
        owner = person(f"klaus-{timezone.now().timestamp()}", teaches=teaches)
        for _ in range(count):
            labelling.label(drawing=drawn_by(owner, answered=False), author=owner, digit=7)

    return label


def test_enough_new_labels_start_a_run(label):
    label(2)
    assert label_trigger.start_run() is None
    label(1)
    assert label_trigger.start_run().trigger == "labels"


def test_labels_of_those_who_said_no_count_for_nothing(label):
    label(5, teaches=False)
    assert label_trigger.start_run() is None


def test_a_second_label_for_the_same_drawing_is_no_second_drawing(label):
    owner = person("lisa-of-runs")
    drawing = drawn_by(owner, answered=False)
    for digit in (1, 2, 3):
        labelling.label(drawing=drawing, author=owner, digit=digit)
    assert label_trigger.start_run() is None


@pytest.mark.parametrize("end", ["skip", "reject", "fail"])
def test_the_same_labels_never_ask_twice_however_the_run_ended(label, end):
    label(3)
    run = label_trigger.start_run()
    getattr(leases.take(run), end)("For a reason.")
    assert label_trigger.start_run() is None
    label(3)
    assert label_trigger.start_run() is not None


def test_what_was_labelled_while_a_run_went_on_is_not_forgotten(label, queued):
    label(3)
    assert label_trigger.start_run() is None
    assert lifecycle.trigger(trigger="staff").state == State.SKIPPED
    lifecycle.cancel(queued)
    assert label_trigger.start_run() is not None


@pytest.fixture
def in_vain(label):
    """A run for three labels that came to nothing."""

    def in_vain(end: str) -> TrainingRun:
        label(3)
        run = label_trigger.start_run()
        lease = leases.take(run)
        lease.fail("The disk is full.") if end == "fail" else lease.cancelled()
        return leases.now(run)

    return in_vain


def end_long_ago() -> None:
    TrainingRun.objects.update(ended_at=timezone.now() - label_trigger.COUNT_AGAIN_AFTER)


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_labels_of_a_run_that_came_to_nothing_ask_again_later_with_one_more(label, in_vain, end):
    in_vain(end)
    assert label_trigger.new_labels(10) == 3
    end_long_ago()
    assert label_trigger.start_run() is None  # not the same ones alone, for ever
    label(1)
    assert label_trigger.start_run().trigger == "labels"


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_they_do_not_ask_again_at_once(label, in_vain, end):
    in_vain(end)
    label(1)
    for _ in range(3):
        tasks.tend()
    assert TrainingRun.objects.count() == 1


def test_labels_that_a_run_considered_count_no_more(label):
    label(3)
    leases.take(label_trigger.start_run()).reject("It is worse.")
    label(1)
    end_long_ago()
    assert label_trigger.new_labels(10) == 1
    assert label_trigger.start_run() is None


def test_zero_turns_it_off(label, settings):
    settings.RETRAIN_AFTER_LABELS = 0
    label(1)
    assert label_trigger.start_run() is None
