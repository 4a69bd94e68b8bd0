"""Registers the model that comes with the site."""

from typing import Any

from django.core.management.base import CommandError

from recognizer import registry
from recognizer.management.database import DatabaseCommand


class Command(DatabaseCommand):
    help = "Registers the model that ships with the repository."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version = registry.register_shipped()
        except registry.ShippedFilesDamaged as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Version {version.pk}, {version.alias or 'kept'}.")
