"""What the work of a run may say and do."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from recognizer import registry
from recognizer.models import ModelVersion
from tests.people import person, register
from tests.training.helpers import rows
from training.datasets import revisions
from training.models import Promotion, TrainingRun
from training.runs import lifecycle
from training.runs.learning_curve import MOST_POINTS, Curve
from training.runs.lease import Cancelled, Hands, LeaseLost

pytestmark = pytest.mark.django_db
State = TrainingRun.State


@pytest.fixture
def hands() -> Hands:
    return lifecycle.take(lifecycle.trigger(trigger="staff").pk)


@pytest.fixture
def challenger(champion, hands) -> ModelVersion:
    """A version that the run in hands made and compares with the champion."""
    made = register(3, origin="trained")
    hands.use(champion=champion, challenger=made)
    hands.evaluating()
    return made


def stored(hands: Hands) -> TrainingRun:
    return TrainingRun.objects.get(pk=hands.run.pk)


def take_away(hands: Hands) -> Hands:
    """Another worker gets the run."""
    TrainingRun.objects.filter(pk=hands.run.pk).update(state=State.QUEUED, lease=None)
    return lifecycle.take(hands.run.pk)


# How it goes -----------------------------------------------------------------------------------


def test_says_what_it_does_and_how_far_it_is(hands):
    hands.phase("Fine-tuning", steps=10)
    for step in range(1, 11):
        hands.progress(step, loss=1 / step, accuracy=0.9)
    run = stored(hands)
    assert (run.phase, run.step, run.steps) == ("Fine-tuning", 10, 10)
    assert [point["step"] for point in run.curve] == list(range(1, 11))
    assert run.seconds_left == 0


def test_many_steps_are_few_writes(hands, django_assert_max_num_queries):
    hands.phase("Fine-tuning", steps=5000)
    with django_assert_max_num_queries(2):
        for step in range(1, 1000):
            hands.progress(step, loss=0.5)


def test_tells_the_time_that_is_left(hands, monkeypatch):
    monkeypatch.setattr("training.runs.lease.WRITES_APART", 0)
    hands.phase("Fine-tuning", steps=100)
    hands.progress(50)
    assert stored(hands).seconds_left is None  # no pace yet: it may go on from a checkpoint
    hands.progress(51)
    assert 0 <= stored(hands).seconds_left < 10


def test_what_goes_on_from_a_checkpoint_draws_its_curve_on_from_there(hands):
    hands.phase("Fine-tuning", steps=10)
    for step in range(1, 11):
        hands.progress(step, loss=1.0)
    second = take_away(hands)
    second.phase("Fine-tuning", steps=10)
    for step in range(6, 11):
        second.progress(step, loss=2.0)
    losses = [point["loss"] for point in stored(second).curve]
    assert losses == [1.0] * 5 + [2.0] * 5


def test_a_curve_has_few_points_and_keeps_every_validation():
    curve = Curve([])
    for step in range(1, 10_001):
        validation = 0.9 if step % 500 == 0 else None
        curve.add(step, loss=1.0, accuracy=None, validation=validation)
    assert 100 < len(curve.points) <= MOST_POINTS
    assert sum(point["validation"] is not None for point in curve.points) == 20
    steps = [point["step"] for point in curve.points]
    assert steps == sorted(steps)


def test_a_curve_of_validations_alone_has_few_points_too():
    curve = Curve([])
    for step in range(1, 2000):
        curve.add(step, loss=None, accuracy=None, validation=0.5)
    assert len(curve.points) <= MOST_POINTS


def test_the_last_checkpoint_counts(hands):
    assert hands.kept() is None
    hands.keep(b"one")
    hands.keep(b"two")
    assert hands.kept() == b"two"


# Whose it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "do",
    [
        lambda hands: hands.phase("Going on"),
        lambda hands: hands.evaluating(),
        lambda hands: hands.use(seed=5),
        lambda hands: hands.keep(b"x"),
        lambda hands: hands.skip("x"),
        lambda hands: hands.reject("x"),
        lambda hands: hands.fail("x"),
        lambda hands: hands.cancelled(),
    ],
)
def test_a_worker_that_lost_the_run_changes_nothing(hands, do):
    other = take_away(hands)
    with pytest.raises(LeaseLost):
        do(hands)
    run = stored(other)
    assert (run.state, run.phase, run.seed, run.reason) == (State.RUNNING, "Starting", 1, "")
    assert other.kept() is None


def test_a_worker_that_lost_the_run_promotes_nothing(hands, challenger, champion):
    take_away(hands)
    with pytest.raises(LeaseLost):
        hands.promote(challenger)
    assert ModelVersion.objects.champion() == champion


def test_what_is_to_be_cancelled_ends_at_the_next_check(hands):
    hands.interrupt(Cancelled())
    with pytest.raises(Cancelled):
        hands.progress(1)
    hands.conclude()
    hands.cancelled()
    assert stored(hands).state == State.CANCELLED


def test_what_ended_is_not_cancelled_any_more(hands):
    hands.skip("Nothing new.")
    hands.interrupt(Cancelled())
    hands.check()
    assert (stored(hands).state, stored(hands).reason) == (State.SKIPPED, "Nothing new.")


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_what_a_challenger_learned_from_stays_known_however_its_run_ends(
    hands, challenger, champion, end
):
    """Staff may promote it: then its drawings must not prove for those that come after it."""
    drawing = rows.drawing(person("otto-who-taught"), truth=7)
    hands.use(dataset=rows.dataset([drawing]))
    hands.fail("The disk is full.") if end == "fail" else hands.cancelled()
    assert revisions.learnt_by(challenger) == {drawing.pk}
    assert revisions.learnt_by(champion) == set()


def test_what_a_challenger_learned_from_stays_known_where_its_worker_died(hands, challenger):
    drawing = rows.drawing(person("otto-who-taught"), truth=7)
    hands.use(dataset=rows.dataset([drawing]))
    TrainingRun.objects.update(cancel_asked=True, heartbeat_at=timezone.now() - timedelta(hours=1))
    lifecycle.reap()
    assert stored(hands).state == State.CANCELLED
    assert revisions.learnt_by(challenger) == {drawing.pk}


def test_steps_of_which_nobody_knows_the_number_are_few_writes_too(
    hands, django_assert_max_num_queries
):
    hands.phase("Reading")
    with django_assert_max_num_queries(3):
        for step in range(1, 100):
            hands.progress(step, loss=0.5)


# Promotion -------------------------------------------------------------------------------------


def test_a_promotion_ends_the_run_and_is_on_record(hands, challenger, champion):
    hands.keep(b"not needed any more")
    assert hands.promote(challenger, "It is better.")
    assert (stored(hands).state, hands.is_over) == (State.PROMOTED, True)
    assert ModelVersion.objects.champion() == challenger
    [record] = Promotion.objects.all()
    assert (record.version, record.previous, record.run, record.by, record.reason) == (
        challenger,
        champion,
        hands.run,
        None,
        "It is better.",
    )
    assert hands.kept() is None


def test_only_what_was_compared_is_promoted(champion, hands):
    other = register(3, origin="trained")
    hands.use(champion=champion)
    with pytest.raises(LeaseLost):
        hands.promote(other)
    assert (ModelVersion.objects.champion(), stored(hands).state) == (champion, State.RUNNING)


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_while_a_promotion_is_written_the_run_is_not_over(hands, challenger):
    seen = []

    def look(execute, *how):
        seen.append(hands.is_over)
        return execute(*how)

    with connection.execute_wrapper(look):
        hands.promote(challenger)
    assert not any(seen)
    assert hands.is_over


def test_where_another_became_champion_meanwhile_the_run_is_rejected(hands, challenger):
    third = register(5, origin="trained")
    registry.promote(third)
    assert not hands.promote(challenger)
    assert (stored(hands).state, hands.is_over) == (State.REJECTED, True)
    assert "no longer answers" in stored(hands).reason
    assert ModelVersion.objects.champion() == third
    assert not Promotion.objects.exists()
