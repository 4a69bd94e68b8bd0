"""Training runs, from trigger to end, and the checkpoints of those that are active."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from recognizer.models import ModelVersion
from training.models.datasets import DatasetRevision


class TrainingRunQuerySet(models.QuerySet["TrainingRun"]):
    def active(self) -> Self:
        """Queued, running or evaluating: at most one, by a constraint of the database."""
        return self.filter(state__in=TrainingRun.ACTIVE)

    def decided(self) -> Self:
        """Those in which the gate decided on a challenger."""
        return self.filter(state__in=[TrainingRun.State.PROMOTED, TrainingRun.State.REJECTED])

    def held_by(self, lease: uuid.UUID | None) -> Self:
        """The run that this lease holds; none where the lease is lost or the run has ended."""
        return self.filter(state__in=TrainingRun.HELD, lease=lease)

    def unsent_since(self, moment: dt.datetime) -> Self:
        """Queued, and no worker was asked after that moment."""
        queued = self.filter(state=TrainingRun.State.QUEUED)
        return queued.filter(Q(sent_at=None) | Q(sent_at__lt=moment))

    def without_heartbeat_since(self, moment: dt.datetime) -> Self:
        """Held by a worker, without a heartbeat since that moment."""
        return self.filter(state__in=TrainingRun.HELD, heartbeat_at__lt=moment)

    def worked_too_long(self) -> Self:
        """Those that their present worker has held for longer than RUN_MOST_SECONDS, by its own
        heartbeats: the time since a worker died does not count."""
        most = dt.timedelta(seconds=settings.RUN_MOST_SECONDS)
        return self.filter(heartbeat_at__gt=F("taken_at") + most)

    def considered_labels(self) -> Self:
        """Those that considered the labels there were, or will: not those that failed, were
        cancelled, or were skipped because another run was active."""
        unfinished = [TrainingRun.State.FAILED, TrainingRun.State.CANCELLED]
        return self.exclude(labels_until=None).exclude(state__in=unfinished)


class TrainingRun(models.Model):
    """One run of the training pipeline. This row is the truth about it, not the broker's task.

    A worker that takes the run writes its `lease`, and names it in every later write: a worker that
    was taken for dead, but lives, changes nothing more.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        EVALUATING = "evaluating", "evaluating"
        PROMOTED = "promoted", "promoted"
        REJECTED = "rejected", "rejected"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"
        SKIPPED = "skipped", "skipped"

    class Trigger(models.TextChoices):
        STAFF = "staff", "hand"
        API = "api", "the API"
        COMMAND = "command", "a command"
        SCHEDULE = "schedule", "the schedule"
        LABELS = "labels", "enough new labels"
        DEMO = "demo", "the demonstration"

    ACTIVE = (State.QUEUED, State.RUNNING, State.EVALUATING)
    HELD = (State.RUNNING, State.EVALUATING)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    active = models.GeneratedField(
        expression=Case(
            When(state__in=["queued", "running", "evaluating"], then=Value(True)),
            default=Value(None),
        ),
        output_field=models.BooleanField(null=True),
        db_persist=True,
    )
    trigger = models.CharField(max_length=8, choices=Trigger)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(
        blank=True, default="", help_text="Why it was skipped, failed, cancelled or rejected."
    )

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(
        null=True, editable=False, help_text="When those who asked for a mail were told of its end."
    )

    sent_at = models.DateTimeField(null=True, help_text="When a worker was last asked to run it.")
    labels_until = models.BigIntegerField(
        null=True, help_text="The newest label there was when it began; null if it never could."
    )

    # Held by a worker
    lease = models.UUIDField(null=True, editable=False, default=None)
    attempt = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, help_text="By the worker that has it now.")
    heartbeat_at = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False)

    # Progress
    phase = models.CharField(max_length=60, blank=True, default="")
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    phase_ends_at = models.DateTimeField(
        null=True, help_text="By the pace of its steps; null where that is not known yet."
    )
    curve = models.JSONField(
        default=list, help_text="[{step, loss, accuracy, validation}], validation may be null."
    )

    # Input and results
    seed = models.PositiveIntegerField(default=1)
    dataset = models.ForeignKey(
        DatasetRevision, on_delete=models.PROTECT, null=True, related_name="runs"
    )
    champion = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="defences"
    )
    challenger = models.OneToOneField(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="run"
    )
    evidence = models.JSONField(default=dict, help_text="What the gate saw.")
    decision = models.JSONField(default=dict, help_text="What the gate said.")

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("start_trainingrun", "Can see, start and cancel training runs")]
        constraints = [
            models.UniqueConstraint(
                fields=["active"], condition=Q(active=True), name="one_active_run"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state not in self.ACTIVE

    @property
    def seconds_left(self) -> float | None:
        """Until this phase ends, by the pace of its steps so far; None where that is unknown."""
        if self.phase_ends_at is None:
            return None
        return max((self.phase_ends_at - timezone.now()).total_seconds(), 0.0)

    @property
    def heartbeat_age(self) -> float | None:
        """Seconds since its worker's last heartbeat; None while no worker holds it."""
        if self.heartbeat_at is None or self.state not in self.HELD:
            return None
        return max((timezone.now() - self.heartbeat_at).total_seconds(), 0.0)


class Checkpoint(models.Model):
    """What another worker needs to continue a run: the networks fine-tuned so far, as
    training/ml/fit/finetune.py serialises them."""

    run = models.OneToOneField(TrainingRun, on_delete=models.CASCADE, related_name="checkpoint")
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"checkpoint of run {self.run_id}"
