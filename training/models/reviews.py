"""Reviews: claims of drawings by reviewers, skipped drawings, and random spot checks."""

from django.conf import settings
from django.db import models

from recognizer.models import Drawing, ModelVersion


class Claim(models.Model):
    """A drawing that a reviewer is shown: nobody else is shown it before `until`."""

    drawing = models.OneToOneField(Drawing, on_delete=models.CASCADE, related_name="claim")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims"
    )
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"drawing {self.drawing_id} with {self.reviewer_id}"


class Skip(models.Model):
    """A drawing that a reviewer skipped: they are not shown it again before `until`."""

    drawing = models.ForeignKey(Drawing, on_delete=models.CASCADE, related_name="skips")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="skips",
        db_index=False,  # one_skip_per_reviewer_and_drawing begins with it
    )
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reviewer", "drawing"], name="one_skip_per_reviewer_and_drawing"
            ),
        ]

    def __str__(self) -> str:
        return f"drawing {self.drawing_id} skipped by {self.reviewer_id}"


class SpotCheck(models.Model):
    """An answered drawing that was sampled at random, a tenth of what reviewers are shown.

    `digit` is the site's answer at that time. Once a reviewer has labelled the drawing, it is known
    whether the answer was right: the share of right answers is an unbiased estimate of the accuracy
    in use.
    """

    drawing = models.OneToOneField(Drawing, on_delete=models.CASCADE, related_name="spot_check")
    digit = models.PositiveSmallIntegerField(null=True, help_text="None where it named none.")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="spot_checks"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"spot check of drawing {self.drawing_id}"
