"""How a run begins and is cancelled."""

import pytest

from recognizer.models import AuditEvent
from tests.people import person
from tests.training.helpers import leases
from tests.training.helpers.leases import now, stop_heartbeat
from training.models import TrainingRun
from training.runs import lifecycle

pytestmark = pytest.mark.django_db
State = TrainingRun.State


# Asked for -------------------------------------------------------------------------------------


def test_a_trigger_makes_a_run_and_asks_a_worker(broker, on_commit):
    staff = person("jule-of-runs", is_staff=True)
    with on_commit():
        run = lifecycle.trigger(trigger="staff", asked_by=staff)
    assert (run.state, run.trigger, run.asked_by) == (State.QUEUED, "staff", staff)
    assert broker.tasks() == [("training.run", [run.pk])]
    assert now(run).sent_at is not None


def test_a_trigger_while_a_run_is_active_is_skipped_with_the_reason(queued):
    second = lifecycle.trigger(trigger="api")
    assert (second.state, second.reason) == (State.SKIPPED, f"Run {queued.pk} is still queued.")
    assert second.ended_at is not None
    assert now(queued).state == State.QUEUED


# Taken -----------------------------------------------------------------------------------------


def test_a_worker_takes_a_queued_run_once(queued):
    lease = leases.take(queued)
    assert (lease.run.state, lease.run.attempt) == (State.RUNNING, 1)
    assert lease.run.started_at is not None
    assert leases.take(queued) is None


@pytest.mark.parametrize("state", [State.SKIPPED, State.CANCELLED, State.PROMOTED])
def test_what_is_over_is_not_taken(state):
    run = TrainingRun.objects.create(trigger="staff", state=state)
    assert leases.take(run) is None


# Cancelled -------------------------------------------------------------------------------------


def test_a_queued_run_is_cancelled_at_once(queued):
    assert lifecycle.cancel(queued)
    assert now(queued).state == State.CANCELLED
    assert leases.take(queued) is None


def test_a_run_that_is_held_is_asked_to_end(held):
    assert lifecycle.cancel(held.run)
    assert (now(held.run).state, now(held.run).cancel_asked) == (State.RUNNING, True)


def test_a_run_that_is_cancelled_twice_is_in_the_audit_log_once(held):
    assert lifecycle.cancel(held.run) and lifecycle.cancel(held.run)
    assert [one.about for one in AuditEvent.objects.all()] == [f"run {held.run.pk} cancelled"]


def test_what_is_over_is_not_cancelled(held):
    held.skip("Nothing new.")
    assert not lifecycle.cancel(held.run)
    assert now(held.run).state == State.SKIPPED


def test_a_run_whose_worker_gives_no_heartbeat_is_cancelled_at_once(held):
    stop_heartbeat(held.run)
    assert lifecycle.cancel(held.run)
    assert now(held.run).state == State.CANCELLED
