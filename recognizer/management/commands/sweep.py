"""Asks workers again for drawings that wait for an answer."""

from typing import Any

from django.core.management.base import CommandError
from kombu.exceptions import OperationalError

from recognizer import services
from recognizer.management.database import DatabaseCommand


class Command(DatabaseCommand):
    help = "Asks workers again for drawings that were never answered."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = services.sweep()
        except OperationalError as error:
            raise CommandError(f"No broker answers: {error}") from error
        self.stdout.write(f"{count} drawings sent to the workers.")
