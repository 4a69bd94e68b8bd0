"""Exemplars: labelled drawings that show how a person writes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

from django.conf import settings
from django.db import models

from recognizer.models.drawings import IS_A_DIGIT, Drawing
from recognizer.models.versions import ModelVersion


class ExemplarQuerySet(models.QuerySet["Exemplar"]):
    """Queries on exemplars."""

    def of(self, people: Collection[int], version: int | None) -> Self:
        """The exemplars of these people under this version."""
        mine = self.filter(owner__in=people, model_version=version, removed=False)
        return mine.filter(drawing__deleted_at=None)


class Exemplar(models.Model):
    """A labelled drawing's embedding under one model version: similar drawings of its owner are
    read as its label. `digit` repeats the current label. Written only by
    `recognizer.answers.exemplars`."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="exemplars",
        db_index=False,  # `exemplars_of` is one
    )
    drawing = models.ForeignKey(
        Drawing,
        on_delete=models.CASCADE,
        related_name="exemplars",
        db_index=False,  # one_exemplar_per_model_version begins with it
    )
    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    embedding = models.BinaryField(help_text="float16 [D], of unit length.")
    digit = models.PositiveSmallIntegerField(null=True, help_text="None for “not a digit”.")
    confidence = models.FloatField(help_text="That the version alone has in this label, 0 to 1.")
    removed = models.BooleanField(default=False, help_text="By its owner, who kept the drawing.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ExemplarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drawing", "model_version"], name="one_exemplar_per_model_version"
            ),
            models.CheckConstraint(condition=IS_A_DIGIT, name="exemplar_is_a_digit_or_none"),
        ]
        indexes = [models.Index(fields=["owner", "model_version"], name="exemplars_of")]

    def __str__(self) -> str:
        return f"exemplar of drawing {self.drawing_id} for version {self.model_version_id}"
