"""Reads digits from files and prints the answers as JSON lines."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from recognizer.answers import batch_reading, serving
from recognizer.management.database import is_prepared
from recognizer.registry import ShippedFilesDamaged


class Command(BaseCommand):
    help = (
        "Reads digits from files: .jsonl or .jsonl.gz of strokes, .npz with `images`, or image "
        "files. One JSON answer a line, in the order of the input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--output", type=Path, metavar="FILE", help="instead of the terminal")

    def handle(self, *args: Any, files: list[Path], output: Path | None, **options: Any) -> None:
        loaded = self._model()
        try:
            failed = self._answer_into(output, loaded, files)
        except BrokenPipeError:  # `| head` has read enough
            sys.stdout = None  # or Python complains again at its end
            return
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from error
        if failed:
            raise CommandError(f"{failed} could not be read; their lines say why.")

    def _model(self) -> serving.LoadedVersion:
        """The champion; the shipped model where the database is still empty."""
        try:
            if is_prepared():
                return serving.model_cache.champion()
            self.stderr.write("The database is empty: the shipped model answers.")
            return serving.load_shipped_files()
        except (serving.NoModel, ShippedFilesDamaged) as error:
            raise CommandError(str(error)) from error

    def _answer_into(
        self, output: Path | None, loaded: serving.LoadedVersion, files: list[Path]
    ) -> int:
        if output is None:
            return self._answer(loaded, files, self.stdout)  # type: ignore[arg-type]
        with output.open("w") as lines:
            return self._answer(loaded, files, lines)

    def _answer(self, loaded: serving.LoadedVersion, files: list[Path], lines: IO[str]) -> int:
        failed = 0
        for line, ok in batch_reading.answer_lines(loaded, files, progress=sys.stderr.isatty()):
            lines.write(line + "\n")
            failed += not ok
        return failed
