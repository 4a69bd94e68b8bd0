"""Imports labelled drawings from a file for one of the site's users."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from recognizer.answers.serving import NoModel
from recognizer.imports import files, work
from recognizer.limits.quota import QuotaExceeded
from recognizer.management.database import DatabaseCommand
from recognizer.models import Import, User


class Command(DatabaseCommand):
    help = (
        "Brings drawings with their labels in from a file: JSON lines as the site exports them "
        "(also gzipped), or a zip of pictures with labels.csv. Says what it would store and what "
        "it refuses; stores it with --yes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--owner", required=True, metavar="USERNAME", help="whose they become")
        parser.add_argument("--yes", action="store_true", help="store them")

    def handle(self, *args: Any, file: Path, owner: str, yes: bool, **options: Any) -> None:
        one = self._received(file, owner)
        self._finish(one)
        self._tell(one)
        if not yes:
            work.discard(one)
            self.stdout.write("Nothing was stored: --yes stores it.")
            return
        try:
            work.start(one)
        except work.NotChecked as error:
            raise CommandError(f"{owner} started it meanwhile.") from error
        self._finish(one)
        self.stdout.write(f"{one.kept} stored, {one.known} here before, {one.refused} refused.")

    def _received(self, file: Path, owner: str) -> Import:
        try:
            user = User.objects.get(username=owner)
            return work.receive(user, file.name, file.read_bytes())
        except User.DoesNotExist as error:
            raise CommandError(f"Nobody here is called {owner}.") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except (files.BadImport, QuotaExceeded, work.AlreadyImporting) as error:
            raise CommandError(str(error)) from error

    def _finish(self, one: Import) -> None:
        """Works until nothing is left to do, beside the workers, if any run."""
        one.refresh_from_db()
        while one.is_working:
            try:
                work.go_on(one.pk, one.position)
            except NoModel as error:
                raise CommandError(str(error)) from error
            one.refresh_from_db()
            self._show(f"{one.get_state_display()}: {one.position} of {one.total}")

    def _show(self, words: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{words}", ending="")

    def _tell(self, one: Import) -> None:
        for row in work.refusals(one, files.MOST_ROWS):
            self.stdout.write(f"{row.place}: {row.refusal}")
        for word, count in work.digits(one).items():
            self.stdout.write(f"{count} of {word}")
        self.stdout.write(f"{one.known} here before, {one.refused} refused of {one.total}.")
        if one.unused_labels:
            self.stdout.write(f"Of those here before, {one.unused_labels} keep their own label.")
        if shortage := work.shortage(one):
            self.stdout.write(shortage)
