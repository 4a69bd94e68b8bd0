"""Model versions, and the files they consist of."""

from __future__ import annotations

import hashlib
from typing import Self

from django.db import models
from django.db.models import Q


class Artifact(models.Model):
    """A file of a model version, kept in the database so that every machine has it. Why:
    docs/decisions/artifacts-in-the-database.md."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256

    @classmethod
    def keep(cls, content: bytes) -> Self:
        """Stores the content under its digest, once; a damaged stored copy is replaced."""
        sha256 = hashlib.sha256(content).hexdigest()
        artifact, _ = cls.objects.get_or_create(sha256=sha256, defaults={"content": content})
        if bytes(artifact.content) != content:
            artifact.content = content
            artifact.save(update_fields=["content"])
        return artifact


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def champion(self) -> ModelVersion | None:
        """The version that answers."""
        return self.filter(alias=ModelVersion.Alias.CHAMPION).first()


class ModelVersion(models.Model):
    """A network that can answer: an ONNX file, the torch weights beside it, and its metrics."""

    class Origin(models.TextChoices):
        SHIPPED = "shipped", "came with the site"
        TRAINED = "trained", "trained here"

    class Alias(models.TextChoices):
        CHAMPION = "champion", "champion"
        CHALLENGER = "challenger", "challenger"

    created_at = models.DateTimeField(auto_now_add=True)
    origin = models.CharField(max_length=8, choices=Origin)
    alias = models.CharField(max_length=10, choices=Alias, null=True, blank=True)
    architecture = models.CharField(max_length=60)
    ink_version = models.PositiveSmallIntegerField()
    onnx = models.OneToOneField(Artifact, on_delete=models.PROTECT, related_name="answers_for")
    weights = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="weights_of")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)
    refresh_below = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="Drawings with smaller numbers are still to be answered again; null: none is.",
    )
    exemplars_below = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="Labelled drawings with smaller numbers still have no exemplar; null: all have.",
    )
    manifest = models.JSONField(default=dict, help_text="How it was made, and its metrics.")

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["alias"], condition=Q(alias="champion"), name="one_champion"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.pk}"
