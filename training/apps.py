"""The configuration of the app that learns from people's labels."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_save

from recognizer.signals import upgraded


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        upgraded.connect(_record, dispatch_uid="training")
        post_save.connect(_audit, sender="training.Promotion")


def _record(*, version: Any, previous: Any, **_: Any) -> None:
    """Records the promotion of a version that came with a newer release."""
    from training.models import Promotion

    Promotion.objects.create(
        version=version, previous=previous, reason="It came with a newer release."
    )


def _audit(*, instance: Any, created: bool, **_: Any) -> None:
    """Records a promotion in the audit log: by a person, a run, or a newer release."""
    from recognizer.accounts.audit import log
    from recognizer.models import AuditEvent

    if created:
        by_run = f", by run {instance.run_id}" if instance.run_id else ""
        words = f"version {instance.version_id} in place of {instance.previous_id}{by_run}"
        log.record(AuditEvent.Kind.PROMOTION, by=instance.by, about=words)
