"""What people draw, what the model says of it, and what people say it is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, Q, Value, When
from django.utils import timezone

from recognizer import strokes as ink_strokes
from recognizer.models.versions import ModelVersion

if TYPE_CHECKING:
    from recognizer.models.people import User

IS_A_DIGIT = Q(digit__isnull=True) | Q(digit__range=(0, 9))


class DrawingQuerySet(models.QuerySet["Drawing"]):
    """Sets of drawings, in words."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def waiting(self) -> Self:
        """Never answered."""
        return self.filter(answer=None)

    def unasked_since(self, moment: dt.datetime) -> Self:
        """Those that no worker was asked about after that moment."""
        return self.filter(Q(asked_at=None) | Q(asked_at__lt=moment))

    def answered(self, digit: int) -> Self:
        return self.filter(digit=digit)

    def in_state(self, state: str) -> Self:
        """One of State: `unsure` is an answer without a digit; the others are outcomes."""
        if state == Drawing.State.UNSURE:
            return self.filter(digit=None, answer__isnull=False)
        if state == Drawing.State.UNLABELLED:
            return self.filter(truth_given=False)
        return self.filter(outcome=state)

    def drawn_from(self, moment: dt.datetime) -> Self:
        return self.filter(created_at__gte=moment)

    def drawn_until(self, moment: dt.datetime) -> Self:
        return self.filter(created_at__lte=moment)

    def for_list(self) -> Self:
        """With what a list shows of each, without the strokes."""
        return self.select_related("answer", "label").defer("strokes")

    def may_teach(self) -> Self:
        """Drawings of people who did not say no to training."""
        return self.filter(owner__teaches=True)


class Drawing(models.Model):
    """Ink as a person made it. Its strokes (or its upload) are the truth; pixels are derived.

    `answer` is what the champion says of it, or an earlier one said, and `label` the label that
    counts; `digit` and `truth` repeat what those two say, so that a history can be filtered by
    index alone. They are written by `hear_answer` and `hear_label`, nowhere else.
    """

    class State(models.TextChoices):
        RIGHT = "right", "right"
        WRONG = "wrong", "wrong"
        UNSURE = "unsure", "unsure"
        UNLABELLED = "unlabelled", "unlabelled"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="drawings",
        db_index=False,  # the history's indexes begin with it
    )
    created_at = models.DateTimeField(default=timezone.now)
    uploaded = models.BooleanField(default=False, help_text="An image, not strokes.")
    strokes = models.JSONField(null=True, blank=True, help_text="None for an uploaded image.")
    width = models.FloatField(help_text="Of the canvas, in its own units; pixels of an upload.")
    height = models.FloatField()
    asked_at = models.DateTimeField(
        null=True, editable=False, help_text="When a worker was last asked to answer."
    )
    idempotency_key = models.CharField(max_length=200, null=True, blank=True, editable=False)

    answer = models.ForeignKey(
        "Prediction", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    digit = models.PositiveSmallIntegerField(null=True, editable=False)
    label = models.ForeignKey(
        "Label", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    truth = models.PositiveSmallIntegerField(null=True, editable=False)
    truth_given = models.BooleanField(default=False, editable=False)
    reviewed = models.BooleanField(default=False, editable=False)
    outcome = models.GeneratedField(
        expression=Case(
            When(answer__isnull=True, then=Value("waiting")),
            When(truth_given=False, then=Value("unlabelled")),
            When(digit=F("truth"), then=Value("right")),
            When(digit__isnull=True, truth__isnull=True, then=Value("right")),
            default=Value("wrong"),
        ),
        output_field=models.CharField(max_length=10),
        db_persist=True,
    )

    objects = DrawingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "idempotency_key"], name="one_drawing_per_idempotency_key"
            ),
            models.CheckConstraint(
                condition=Q(uploaded=True, strokes__isnull=True)
                | Q(uploaded=False, strokes__isnull=False),
                name="strokes_or_upload",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="history"),
            models.Index(fields=["owner", "digit", "-created_at"], name="history_by_digit"),
            models.Index(fields=["owner", "outcome", "-created_at"], name="history_by_outcome"),
            models.Index(
                fields=["owner", "digit", "outcome", "-created_at"], name="history_by_both"
            ),
            models.Index(
                fields=["owner", "-created_at"],
                name="history_unlabelled",
                condition=Q(truth_given=False),
            ),
            models.Index(
                fields=["owner", "digit", "-created_at"],
                name="history_unlabelled_by_digit",
                condition=Q(truth_given=False),
            ),
            models.Index(
                # With `digit`, though it is always null here: else SQLite prefers history_by_digit.
                fields=["owner", "digit", "-created_at"],
                name="history_unsure",
                condition=Q(digit=None, answer__isnull=False),
            ),
            models.Index(fields=["created_at"], name="waiting", condition=Q(answer=None)),
        ]

    def __str__(self) -> str:
        return f"drawing {self.pk}"

    def ink(self) -> ink_strokes.Strokes:
        """The strokes, parsed. Not for an upload."""
        return ink_strokes.parse(self.strokes, width=self.width, height=self.height)

    def hear_answer(self, prediction: Prediction) -> bool:
        """Takes the champion's prediction as the answer; another's only while there is none.

        Returns whether it is the champion's. So a worker that has not heard of a promotion yet
        overwrites nothing, and after a rollback an older prediction is the answer again.
        """
        said = {"answer": prediction, "digit": prediction.digit}
        mine = Drawing.objects.filter(pk=self.pk)
        # Each is one statement with its condition, so that two writers at once do no harm.
        champion = ModelVersion.objects.filter(
            pk=prediction.model_version_id, alias=ModelVersion.Alias.CHAMPION
        )
        if mine.filter(Exists(champion)).update(**said):
            return True
        mine.filter(answer=None).update(**said)
        return False

    def hear_label(self, label: Label) -> None:
        """Takes the label as the one that counts: the newest, a reviewer's before an owner's."""
        by_reviewer = label.role == Label.Role.REVIEWER
        older = Q(label=None) | Q(label_id__lt=label.pk)
        heard = (older | Q(reviewed=False)) if by_reviewer else (older & Q(reviewed=False))
        Drawing.objects.filter(heard, pk=self.pk).update(
            label=label, truth=label.digit, truth_given=True, reviewed=by_reviewer
        )


class Upload(models.Model):
    """The image of an uploaded drawing, as it came."""

    drawing = models.OneToOneField(Drawing, on_delete=models.CASCADE, related_name="upload")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"upload of {self.drawing_id}"


class Prediction(models.Model):
    """What one model version said of one drawing. Never changed."""

    drawing = models.ForeignKey(
        Drawing,
        on_delete=models.CASCADE,
        related_name="predictions",
        db_index=False,  # one_prediction_per_model_version begins with it
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="predictions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    digit = models.PositiveSmallIntegerField(null=True, help_text="None where it abstained.")
    confidence = models.FloatField()
    probabilities = models.JSONField(help_text="Of the digits 0 to 9.")
    is_digit = models.FloatField()
    ink_version = models.PositiveSmallIntegerField()
    milliseconds = models.FloatField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["drawing", "model_version"], name="one_prediction_per_model_version"
            ),
            models.CheckConstraint(condition=IS_A_DIGIT, name="prediction_is_a_digit_or_none"),
        ]

    def __str__(self) -> str:
        return f"{self.digit} for drawing {self.drawing_id} by version {self.model_version_id}"


class Label(models.Model):
    """What a person said that a drawing is. Never changed: a new one is added."""

    class Role(models.TextChoices):
        OWNER = "owner", "owner"
        REVIEWER = "reviewer", "reviewer"

    drawing = models.ForeignKey(Drawing, on_delete=models.CASCADE, related_name="labels")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="labels"
    )
    role = models.CharField(max_length=8, choices=Role)
    digit = models.PositiveSmallIntegerField(null=True, help_text="None for “not a digit”.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=IS_A_DIGIT, name="label_is_a_digit_or_none"),
        ]

    def __str__(self) -> str:
        return f"{'not a digit' if self.digit is None else self.digit} by {self.role}"
