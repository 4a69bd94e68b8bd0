"""What the site's processes print: all of it into files of bounded size, what matters also here."""

import logging
import re
import sys
from functools import partial
from http import HTTPStatus
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

MOST_BYTES = 2_000_000
LONGEST_LINE = 65_536
# Characters of a line that are kept: an address that somebody makes up may have 64 kB, and sixty of
# them would push out all that a log holds.
LONGEST_KEPT = 1_000
# "2026-01-31 12:00:00,000 ERROR django.request: ...", or Celery's "[...: ERROR/MainProcess] ..."
_MATTERS = re.compile(rb"^(\S+ \S+|\[\S+ \S+) (WARNING|ERROR|CRITICAL)\b|: (ERROR|CRITICAL)/")
# Tasks that beat sends every few seconds, with three log lines in two files each time.
ROUTINE = {"training.tend", "recognizer.sweep"}
REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}


FORMATTERS = {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}}


def configuration(level: str) -> dict[str, Any]:
    """Django's setting LOGGING: all from this level on, as lines to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": FORMATTERS,
        "filters": {
            "no_routine": {"()": "digitsite.logs.NoRoutine"},
            "one_line": {"()": "digitsite.logs.OneLineOfARefusal"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["one_line"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "celery.beat": {"filters": ["no_routine"]},
            "celery.worker.strategy": {"filters": ["no_routine"]},
            "celery.app.trace": {"filters": ["no_routine"]},
            # They log every step of an export.
            "onnx_ir": {"level": "WARNING"},
            "onnxscript": {"level": "WARNING"},
        },
    }


class NoRoutine(logging.Filter):
    """Drops the messages that a routine task was sent, received and done, but not that it
    failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        about = record.args or ()
        words = about.values() if isinstance(about, dict) else about
        is_routine = any(isinstance(word, str) and word in ROUTINE for word in words)
        return record.levelno > logging.INFO or not is_routine


class OneLineOfARefusal(logging.Filter):
    """Logs only one line for a request that is answered with 400 or 403, without a traceback:
    anybody may send many."""

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
    """The output of one process. This file and the previous one hold at most MOST_BYTES each."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, maxBytes=MOST_BYTES, backupCount=1, errors="replace")
        self.path = path
        self.last_line = ""
        self._is_writable = True

    def copy(self, pipe: IO[bytes]) -> None:
        """Writes all lines from the pipe to the file until the pipe's end, and prints those that
        matter.

        A full disk stops no process: lines are dropped until there is room.
        """
        with pipe:
            for line in iter(partial(pipe.readline, LONGEST_LINE), b""):
                self._keep(line)

    def handleError(self, record: logging.LogRecord) -> None:
        """Prints that the file cannot be written, once until it can be again."""
        if self._is_writable:
            self._is_writable = False
            say(f"{self.path} cannot be written: {sys.exc_info()[1]}")

    def flush(self) -> None:
        super().flush()
        self._is_writable = True

    def _keep(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\n")
        if len(text) > LONGEST_KEPT:
            text = f"{text[:LONGEST_KEPT]} ..."
        self.handle(logging.makeLogRecord({"msg": text}))
        if _MATTERS.search(line):
            say(f"{self.path.stem} | {text}")
        self.last_line = text.strip() or self.last_line


def say(line: str) -> None:
    """Prints a line for the person who runs the site."""
    try:
        print(line, flush=True)  # noqa: T201 - this is the terminal's voice
    except OSError:  # the pipe's reader, or the terminal, is gone
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - the site goes on
