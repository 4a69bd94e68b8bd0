"""What the site's processes print: all of it into files of bounded size, what matters also here."""

import logging
import os
import re
import selectors
import sys
from pathlib import Path
from typing import IO

MOST_BYTES = 2_000_000
# As much as a pipe holds on Linux.
PIECE = 65_536
# "2026-01-31 12:00:00,000 ERROR django.request: ...", or Celery's "[...: ERROR/MainProcess] ..."
_MATTERS = re.compile(rb"^(\S+ \S+|\[\S+ \S+) (WARNING|ERROR|CRITICAL)\b|: (ERROR|CRITICAL)/")


# What beat sends every few seconds, each time with three lines in two files.
ROUTINE = {"training.tend", "recognizer.sweep"}


class NoRoutine(logging.Filter):
    """Leaves out that a routine task was sent, received and done; not that it failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        about = record.args or ()
        words = about.values() if isinstance(about, dict) else about
        is_routine = any(isinstance(word, str) and word in ROUTINE for word in words)
        return record.levelno > logging.INFO or not is_routine


class Log:
    """One process's file under var/log. It and the one before it hold MOST_BYTES each at most."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.name = path.stem
        self.last_line = ""
        self._file = path.open("ab")

    def write(self, lines: bytes, *, shown: bool) -> None:
        """Keeps whole lines, and prints those that matter, or all of them where `shown`."""
        self._file.write(lines)
        self._file.flush()
        if self._file.tell() > MOST_BYTES:
            self._turn()
        for line in lines.splitlines():
            if shown or _MATTERS.search(line):
                say(f"{self.name} | {line.decode(errors='replace')}")
        self._remember(lines)

    def _remember(self, lines: bytes) -> None:
        written = lines.strip().splitlines()
        if written:
            self.last_line = written[-1].decode(errors="replace").strip()

    def _turn(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_suffix(".log.1"))
        self._file = self.path.open("ab")


class OutputReader:
    """Copies what processes print through pipes into their logs."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, pipe: IO[bytes] | None, log: Log, *, shown: bool) -> None:
        """Copies this pipe too. `shown`: all of it is for the terminal."""
        assert pipe is not None
        self._selector.register(pipe, selectors.EVENT_READ, (log, Lines(), shown))

    def read_all(self) -> None:
        """Copies all that was printed until now."""
        while self.read(0):
            pass

    def read(self, seconds: float) -> bool:
        """Copies what there is, as soon as there is something and after that long at most; a
        piece of each pipe. Returns whether there was something."""
        ready = self._selector.select(seconds)
        for key, _ in ready:
            log, lines, shown = key.data
            piece = os.read(key.fd, PIECE)
            log.write(lines.whole(piece), shown=shown)
            if not piece:
                self._selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
        return bool(ready)


class Lines:
    """Cuts what comes through a pipe, a piece at a time, into whole lines."""

    def __init__(self) -> None:
        self._rest = b""

    def whole(self, piece: bytes) -> bytes:
        """The lines that this piece completes; at the end, b"", all that was left."""
        joined = self._rest + piece
        end = joined.rfind(b"\n") + 1 if piece else len(joined)
        self._rest = joined[end:]
        return joined[:end]


def say(line: str) -> None:
    """Prints a line for the person who runs the site."""
    try:
        print(line, flush=True)  # noqa: T201 - this is the terminal's voice
    except OSError:  # the reader of a pipe, or the terminal, is gone
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - the site goes on
