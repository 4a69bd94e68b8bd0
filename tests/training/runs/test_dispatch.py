"""What runs ask of Celery, through a real broker or without one."""

import uuid

import pytest
from django.utils import timezone

from tests.training.helpers.leases import LONG_AGO, now
from training.models import TrainingRun
from training.runs import dispatch, lifecycle

pytestmark = pytest.mark.django_db
State = TrainingRun.State


def test_without_a_broker_the_run_waits_and_is_sent_later(no_broker, on_commit):
    with on_commit():
        run = lifecycle.trigger(trigger="staff")
    assert (now(run).state, now(run).sent_at) == (State.QUEUED, None)


def test_what_no_broker_took_is_sent_by_the_next_look(broker, queued):
    dispatch.resend()
    assert broker.tasks() == [("training.run", [queued.pk])]
    assert now(queued).phase == ""


def test_a_run_that_no_worker_took_is_sent_again_and_says_so(broker, queued):
    TrainingRun.objects.update(sent_at=timezone.now() - LONG_AGO)
    dispatch.resend()
    dispatch.resend()
    assert len(broker.tasks()) == 1
    assert now(queued).phase == dispatch.NOBODY_CAME


@pytest.mark.timeout(10)
def test_without_a_broker_nothing_is_killed_and_nobody_waits(no_broker, caplog):
    dispatch.kill(uuid.uuid4())
    assert "no broker answers" in caplog.text
