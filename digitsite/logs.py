"""What the site's processes print: all of it into files of bounded size, what matters also here."""

import logging
import re
import sys
from functools import partial
from http import HTTPStatus
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

MOST_BYTES = 2_000_000
LONGEST_LINE = 65_536
# "2026-01-31 12:00:00,000 ERROR django.request: ...", or Celery's "[...: ERROR/MainProcess] ..."
_MATTERS = re.compile(rb"^(\S+ \S+|\[\S+ \S+) (WARNING|ERROR|CRITICAL)\b|: (ERROR|CRITICAL)/")
# What beat sends every few seconds, each time with three lines in two files.
ROUTINE = {"training.tend", "recognizer.sweep"}
REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}


class NoRoutine(logging.Filter):
    """Leaves out that a routine task was sent, received and done; not that it failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        about = record.args or ()
        words = about.values() if isinstance(about, dict) else about
        is_routine = any(isinstance(word, str) and word in ROUTINE for word in words)
        return record.levelno > logging.INFO or not is_routine


class OneLineOfARefusal(logging.Filter):
    """Of a request that is answered 400 or 403 logs the first line, without the traceback: people
    may send many of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is None or getattr(record, "status_code", None) not in REFUSALS:
            return True
        if getattr(request, "was_logged", False):
            return False
        request.was_logged = True
        record.exc_info = record.exc_text = None
        return True


class Log(RotatingFileHandler):
    """What one process prints. The file and the one before it hold MOST_BYTES each at most."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, maxBytes=MOST_BYTES, backupCount=1, errors="replace")
        self.path = path
        self.last_line = ""
        self._is_writable = True

    def copy(self, pipe: IO[bytes]) -> None:
        """Keeps all lines that come through the pipe, until its end, and prints those that matter.

        A disk that is full stops nobody: lines are dropped until there is room.
        """
        with pipe:
            for line in iter(partial(pipe.readline, LONGEST_LINE), b""):
                self._keep(line)

    def handleError(self, record: logging.LogRecord) -> None:
        """Says once, until it can be written again, that the file cannot."""
        if self._is_writable:
            self._is_writable = False
            say(f"{self.path} cannot be written: {sys.exc_info()[1]}")

    def flush(self) -> None:
        super().flush()
        self._is_writable = True

    def _keep(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\n")
        self.handle(logging.makeLogRecord({"msg": text}))
        if _MATTERS.search(line):
            say(f"{self.path.stem} | {text}")
        self.last_line = text.strip() or self.last_line


def say(line: str) -> None:
    """Prints a line for the person who runs the site."""
    try:
        print(line, flush=True)  # noqa: T201 - this is the terminal's voice
    except OSError:  # the reader of a pipe, or the terminal, is gone
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - the site goes on
