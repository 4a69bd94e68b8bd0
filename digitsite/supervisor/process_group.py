"""The processes of one site: started, started again when they end, stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import IO, NamedTuple

from digitsite import parent_death
from digitsite.logs import Log, say
from digitsite.web import LIFELINE

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# After so many seconds a process does not fail again and again: somebody, or something, killed it.
STABLE_SECONDS = 10.0
# How long what outlives a process may go on beside the next one: more than that takes to start.
HANDOVER_SECONDS = 20.0
SECONDS_TO_STOP = 5.0
# For what a process printed last, where something that left its group holds the pipe open.
SECONDS_TO_READ = 1.0
TICK = 0.05
# What they leave behind is not killed, but works on for HANDOVER_SECONDS.
HAND_OVER = {"web"}


class Handover(NamedTuple):
    """What a process left behind that still works: it ends when the lifeline is closed, and then
    nothing is copied from it any more."""

    began: float
    lifeline: IO[bytes]
    copying: Thread


class Process:
    """What a shell runs as `command`; started again when it ends, after a pause that doubles each
    time.

    What it leaves behind is killed; where it `hands_over`, that may work on while the next one
    starts, until the end of its standard input (digitsite/web.py).
    """

    def __init__(self, name: str, command: str, log: Log, *, hands_over: bool = False) -> None:
        self.pause = SHORTEST_PAUSE / 2
        self.due: float | None = None  # when it is started again
        self._name = name
        self._command = command
        self._log = log
        self._hands_over = hands_over
        self._ended: list[Handover] = []
        self.start()

    def start(self) -> None:
        self.popen = popen(self._command, output=subprocess.PIPE, lifeline=self._hands_over)
        self.started, self.due = time.monotonic(), None
        self._log.last_line = ""
        self._copying = Thread(target=self._log.copy, args=[self.popen.stdout], daemon=True)
        self._copying.start()

    def has_ended(self) -> bool:
        return self.popen.poll() is not None

    def look_after(self) -> None:
        """Plans its next start when it has ended, and starts it when that is due."""
        self._end_handovers(time.monotonic() - HANDOVER_SECONDS)
        if self.due is not None and time.monotonic() >= self.due:
            self.start()
        elif self.due is None and self.has_ended():
            if self.popen.stdin:
                self._ended.append(Handover(time.monotonic(), self.popen.stdin, self._copying))
            else:
                self.kill()
            self.plan_restart()

    def _end_handovers(self, began_before: float) -> list["Handover"]:
        due = [one for one in self._ended if one.began <= began_before]
        for one in due:
            one.lifeline.close()
            self._ended.remove(one)
        return due

    def plan_restart(self) -> None:
        """Says how it ended and when it starts again."""
        is_stable = time.monotonic() - self.started > STABLE_SECONDS
        self.pause = SHORTEST_PAUSE if is_stable else min(LONGEST_PAUSE, 2 * self.pause)
        self.due = time.monotonic() + self.pause
        what = (
            f"{self._name} ended ({how(self.popen.returncode)}), starts again in {self.pause:g} s"
        )
        last = f" It said: {self._log.last_line}" if self._log.last_line else ""
        say(f"{what}. See {self._log.path}.{last}")

    def kill(self) -> None:
        """Ends it and what is left of what it started; returns when its last line is kept."""
        for one in self._end_handovers(time.monotonic()):
            one.copying.join(SECONDS_TO_STOP)
        if self.due is None:  # or its number may be another's by now
            kill_group(self.popen)
            self._copying.join(SECONDS_TO_READ)


class ProcessGroup:
    """Starts processes, each with a log in the folder `logs`."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._processes: list[Process] = []

    def add(self, name: str, command: str) -> Process:
        """Starts a process, and again whenever it ends."""
        log = Log(self.logs / f"{name}.log")
        process = Process(name, command, log, hands_over=name in HAND_OVER)
        self._processes.append(process)
        return process

    def watch(self) -> None:
        """Starts again what ended and is due."""
        for process in self._processes:
            process.look_after()

    def stop(self, *, at_once: Callable[[], bool]) -> None:
        """Asks all to stop, the first (the broker) after the others, and kills what does not.

        As soon as `at_once()` is true nothing is waited for.
        """
        for processes in (self._processes[1:], self._processes[:1]):
            for process in processes:
                process.popen.terminate()
            until = time.monotonic() + SECONDS_TO_STOP
            while not all(process.has_ended() for process in processes):
                if at_once() or time.monotonic() >= until:
                    break
                time.sleep(TICK)
            for process in processes:
                process.kill()


def popen(
    command: str, *, output: int | None = None, lifeline: bool = False
) -> subprocess.Popen[bytes]:
    """Starts what a shell runs, to end with this process.

    It has a process group of its own: a terminal's Ctrl-C is for the supervisor alone. With a
    lifeline its standard input is a pipe that ends with this process.
    """
    environment = {LIFELINE: "yes"} if lifeline else {}
    # `python` and `celery` are this virtual environment's, activated or not.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return subprocess.Popen(
        ["/bin/sh", "-c", f"exec {command}"],
        env={**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", **environment},
        stdin=subprocess.PIPE if lifeline else subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        process_group=0,
        preexec_fn=partial(parent_death.die_with, os.getpid()),
    )


def kill_group(leader: subprocess.Popen[bytes]) -> None:
    """Kills what is left of the process group that this process leads."""
    try:
        os.killpg(leader.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # nothing is left; macOS calls a group of zombies "not permitted"
    leader.wait()


def how(code: int) -> str:
    """How a process ended, from subprocess's return code."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
