"""The processes of the site: how each is started, watched and stopped."""

import os
import selectors
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import IO

from digitsite import parent_death
from digitsite.logs import Lines, Log, say

PIECE = 65_536
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# One that lived this long, in seconds, is not failing again and again.
LIVED = 60.0


class Process:
    """A program that is started, and started again when it ends.

    `command` is what a shell runs. `shows_output`: its standard output (not its standard error)
    is for the terminal.
    """

    def __init__(
        self, name: str, command: str, *, log: Path, cwd: Path, shows_output: bool = False
    ) -> None:
        self.name = name
        self.command = command
        self.log = Log(log)
        self.cwd = cwd
        self.shows_output = shows_output
        self.popen: subprocess.Popen[bytes] | None = None
        self.due = 0.0
        self._started = 0.0
        self._failures = 0
        self._open = 0

    def start(self, selector: selectors.BaseSelector) -> int:
        """Starts it in a process group of its own: Ctrl-C is for the supervisor alone.

        Returns its process id.
        """
        self.popen = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {self.command}"],
            cwd=self.cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
            preexec_fn=partial(parent_death.die_with, os.getpid()),
        )
        self._started = time.monotonic()
        self.log.last_line = ""
        self._register(self.popen.stdout, selector, shown=self.shows_output)
        self._register(self.popen.stderr, selector, shown=False)
        return self.popen.pid

    def _register(
        self, stream: IO[bytes] | None, selector: selectors.BaseSelector, *, shown: bool
    ) -> None:
        assert stream is not None
        self._open += 1
        selector.register(stream, selectors.EVENT_READ, (self, Lines(shown=shown)))

    def read(self, stream: IO[bytes], lines: Lines, selector: selectors.BaseSelector) -> None:
        """Takes what it printed, and lets go of a stream that ended."""
        piece = os.read(stream.fileno(), PIECE)
        self.log.write(lines.whole(piece), shown=lines.shown)
        if not piece:
            selector.unregister(stream)
            stream.close()
            self._open -= 1

    @property
    def pid(self) -> int | None:
        return self.popen.pid if self.popen else None

    def has_ended(self) -> bool:
        """True once for each end of the process; its own children are ended with it."""
        if self.popen is None or self.popen.poll() is None:
            return False
        kill_group(self.popen.pid)
        if self._open:  # its last words are still to be read
            return False
        self._plan(self.popen.returncode)
        self.popen = None
        return True

    def _plan(self, code: int) -> None:
        """Says when it starts again: later and later, when it fails again and again."""
        lived = time.monotonic() - self._started
        self._failures = 0 if lived > LIVED else self._failures
        pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2**self._failures)
        self._failures += 1
        self.due = time.monotonic() + pause
        self._report(_how(code), pause)

    def _report(self, how: str, pause: float) -> None:
        last = f" It said: {self.log.last_line}" if self.log.last_line else ""
        say(f"{self.name} ended ({how}), starts again in {pause:g} s. See {self.log.path}.{last}")

    def ask_to_stop(self) -> None:
        if self.popen is not None and self.popen.poll() is None:
            self.popen.terminate()

    def is_gone(self) -> bool:
        return self.popen is None or self.popen.poll() is not None

    def kill(self) -> None:
        """Ends it and what it started, at once."""
        if self.popen is not None:
            kill_group(self.popen.pid)
            self.popen.wait()


def kill_group(pid: int) -> None:
    """Kills what is left of the process group that this process led."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # nothing is left; macOS calls a group of zombies "not permitted"


def procfile(path: Path) -> dict[str, str]:
    """The commands of a Procfile by their names."""
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    named = (line.partition(":") for line in lines)
    return {name.strip(): command.strip() for name, _, command in named}


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _environment() -> dict[str, str]:
    # `python` and `celery` are this virtual environment's, activated or not.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}
