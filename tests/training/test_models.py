"""What the database itself guarantees."""

import pytest
from django.db import IntegrityError, transaction

from training.models import TrainingRun

pytestmark = pytest.mark.django_db
State, Trigger = TrainingRun.State, TrainingRun.Trigger


def test_two_runs_are_never_active_at_once():
    TrainingRun.objects.create(trigger=Trigger.STAFF, state=State.RUNNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.create(trigger=Trigger.STAFF)
    assert TrainingRun.objects.active().count() == 1


@pytest.mark.parametrize("over", ["promoted", "rejected", "failed", "cancelled", "skipped"])
def test_any_number_of_runs_are_over(over):
    for _ in range(2):
        TrainingRun.objects.create(trigger=Trigger.STAFF, state=over)
    assert TrainingRun.objects.create(trigger=Trigger.STAFF).state == State.QUEUED
