"""Datasets: the subset of each labelled drawing, and what each run learned from."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from recognizer.models import Drawing


class Subset(models.TextChoices):
    TRAIN = "train", "train"
    HOLDOUT = "holdout", "holdout"


class SetAside(models.TextChoices):
    """Why a run does not train on a label. "", which is no member, means that it does."""

    DOUBTED = "doubted", "looks wrong"
    DISTRUSTED = "distrusted", "of a person whose labels keep being wrong"
    OWN = "own", "nobody else writes it so, and it counts for its owner alone"
    TOO_MANY = "too_many", "more than one person may teach in one run"


class Sample(models.Model):
    """The subset of a labelled drawing, which never changes.

    From the first that was assigned by its owner, all are: training/datasets/revisions.py.
    """

    drawing = models.OneToOneField(
        Drawing, on_delete=models.CASCADE, primary_key=True, related_name="sample"
    )
    subset = models.CharField(max_length=7, choices=Subset)
    by_person = models.BooleanField(
        default=False, help_text="It went where its person’s drawings are."
    )

    def __str__(self) -> str:
        return f"drawing {self.drawing_id} in {self.subset}"


class DatasetRevisionQuerySet(models.QuerySet["DatasetRevision"]):
    def used(self) -> Self:
        """Those of a run, which refers to its dataset once that is complete."""
        return self.filter(runs__isnull=False)

    def trained_on(self) -> Self:
        """Those of runs that made a challenger."""
        return self.filter(runs__challenger__isnull=False)


class DatasetRevision(models.Model):
    """What one run learns from and is measured on. Immutable.

    It is valid once a run refers to it. Until then it is being written, or its worker died while
    writing: training/datasets/erasure.py sweeps those.

    `counts` is {"train": N, "holdout": N, "set_aside": N, "own": N (of set_aside), "digits": [ten],
    "not_a_digit": N, "sources": {"mnist": N, "drawn": N, "outsiders": N, "strokes": N,
    "uploads": N}, "writers": N, "learning_curve": [...]}.
    """

    created_at = models.DateTimeField(auto_now_add=True)
    digest = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of all samples.")
    counts = models.JSONField(default=dict)

    objects = DatasetRevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"dataset {self.pk}"


class DatasetSample(models.Model):
    """One drawing in one dataset.

    Of a deleted drawing the number and the subset stay; the label is erased within minutes:
    training/datasets/erasure.py.
    """

    dataset = models.ForeignKey(DatasetRevision, on_delete=models.CASCADE, related_name="samples")
    drawing_id = models.BigIntegerField(db_index=True)
    label_id = models.BigIntegerField(null=True, help_text="None: the drawing was deleted.")
    digit = models.PositiveSmallIntegerField(
        null=True, help_text="None for “not a digit”, and for a drawing that was deleted."
    )
    subset = models.CharField(max_length=7, choices=Subset)
    set_aside = models.CharField(max_length=10, choices=SetAside, blank=True, default="")
    doubt = models.FloatField(default=0.0, help_text="How wrong the label looks, 0 to 1.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "drawing_id"], name="one_sample_per_drawing_and_dataset"
            ),
        ]
        indexes = [
            models.Index(
                fields=["dataset", "-doubt"], name="set_aside", condition=~Q(set_aside="")
            ),
        ]

    def __str__(self) -> str:
        return f"drawing {self.drawing_id} in dataset {self.dataset_id}"
