"""Predictions: the answers of model versions to drawings."""

from __future__ import annotations

from typing import Any

from django.db import models

from recognizer.inference.verdicts import Verdict, candidates_of, claim_of
from recognizer.models.drawings import IS_A_DIGIT, Drawing
from recognizer.models.versions import ModelVersion


class Reading(models.Model):
    """An answer to a drawing, as it is stored."""

    # Stored as it was decided: later thresholds do not change it.
    verdict: models.CharField[Verdict, Any] = models.CharField(
        max_length=11, null=True, choices=[(one, one) for one in Verdict]
    )
    digit = models.PositiveSmallIntegerField(null=True, help_text="None where it abstained.")
    number = models.CharField(
        max_length=20,
        null=True,
        help_text="Of several digits that stand apart: each, from left to right.",
    )
    parts = models.JSONField(default=list, help_text="What each of several digits reads as.")
    confidence = models.FloatField()
    probabilities = models.JSONField(help_text="Of the digits 0 to 9.")
    is_digit = models.FloatField()

    class Meta:
        abstract = True

    @property
    def claims(self) -> bool:
        """Whether it says what the drawing is: a digit, or not a digit. Only a claim can be
        right."""
        return self.verdict in (Verdict.DIGIT, Verdict.NOT_A_DIGIT)

    @property
    def candidates(self) -> list[int]:
        """The digits between which it hesitates, if it is unsure."""
        return candidates_of(self.verdict, self.probabilities)

    @property
    def margin(self) -> float:
        """The highest probability minus the second highest, 0 to 1."""
        *_, second, best = sorted(self.probabilities)
        return float(best - second)


class Prediction(Reading):
    """The answer of one model version to one drawing. Never changed."""

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

    @property
    def shown(self) -> Reading:
        """What its drawing's owner was shown: this, unless there is a personal reading."""
        return getattr(self, "personal", None) or self


class PersonalReading(Reading):
    """What the drawing's owner was shown instead of a prediction, because of their exemplars. The
    prediction remains the model version's own answer.

    `exemplar` is the drawing that decided, and `exemplar_digit` its label then; None if no single
    one did.
    """

    prediction = models.OneToOneField(Prediction, on_delete=models.CASCADE, related_name="personal")
    exemplar = models.ForeignKey(
        Drawing, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    exemplar_digit = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=IS_A_DIGIT, name="personal_reading_is_a_digit_or_none")
        ]

    def __str__(self) -> str:
        return f"{self.digit} in place of prediction {self.prediction_id}"

    @property
    def differs(self) -> bool:
        """Whether it says something else than the model version's own answer."""
        return claim_of(self) != claim_of(self.prediction)
