"""Promotions: which version became champion when, by whom or by which run, and why."""

from django.conf import settings
from django.db import models

from recognizer.models import ModelVersion
from training.models.runs import TrainingRun


class Promotion(models.Model):
    """One change of the champion, by a run or by hand. Immutable: the next change is a new row."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="promotions")
    previous = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="replacements"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    run = models.ForeignKey(
        TrainingRun, on_delete=models.PROTECT, null=True, related_name="promotions"
    )
    reason = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("promote_modelversion", "Can choose the version that answers")]

    def __str__(self) -> str:
        return f"{self.version} in place of {self.previous}"
