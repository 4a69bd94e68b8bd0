"""The app that learns from people's labels."""

from typing import Any

from django.apps import AppConfig

from recognizer.signals import upgraded


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = "Training"

    def ready(self) -> None:
        upgraded.connect(_record, dispatch_uid="training")


def _record(*, version: Any, previous: Any, **_: Any) -> None:
    """Every change of the champion is on record, also the one that a newer release makes."""
    from training.models import Promotion

    Promotion.objects.create(
        version=version, previous=previous, reason="It came with a newer release."
    )
