"""Asks a worker to answer waiting drawings."""

from typing import Any

from django.core.management.base import CommandError
from kombu.exceptions import OperationalError

from recognizer.management.database import DatabaseCommand
from recognizer.services import saving


class Command(DatabaseCommand):
    help = "Asks a worker to answer the drawings that wait."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = saving.sweep()
        except OperationalError as error:
            raise CommandError(f"No broker answers: {error}") from error
        self.stdout.write(f"A worker was asked to answer what waits: {count} drawings.")
