"""Who looks at which drawing just now, and which were drawn at random."""

from django.conf import settings
from django.db import models

from recognizer.models import Drawing, ModelVersion


class Claim(models.Model):
    """A drawing that one reviewer was shown: until then nobody else is shown it."""

    drawing = models.OneToOneField(Drawing, on_delete=models.CASCADE, related_name="claim")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims"
    )
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"drawing {self.drawing_id} with {self.reviewer_id}"


class Skip(models.Model):
    """A drawing that one reviewer passed by: until then it does not come back to them."""

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
        return f"drawing {self.drawing_id} passed by {self.reviewer_id}"


class SpotCheck(models.Model):
    """A drawing of the random tenth, drawn from all that were answered, reviewed or not.

    `digit` is what the site answered when it was drawn. Once a reviewer has said what it is, it is
    known whether that was right: the share of these is the accuracy that people really get.
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
