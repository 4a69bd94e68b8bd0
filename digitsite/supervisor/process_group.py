"""The processes of one site: started, restarted when they end, stopped together."""

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
from digitsite.supervisor.forks import Fork

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# A process that ran this long is not in a restart loop: it was probably killed.
STABLE_SECONDS = 10.0
# How long the children of a dead process may continue beside its successor: longer than that takes
# to start.
HANDOVER_SECONDS = 20.0
SECONDS_TO_STOP = 5.0
# How long to wait for a process's last output, if another process still holds the pipe open.
SECONDS_TO_READ = 1.0
TICK = 0.05
# Processes whose children are not killed with them, but continue for HANDOVER_SECONDS.
HAND_OVER = {"web"}
Command = str | list[str]
Child = subprocess.Popen[bytes] | Fork


class Handover(NamedTuple):
    """The children of a dead process that still work: they end when the pipe is closed, and
    then their output ends."""

    began: float
    stop_pipe: IO[bytes]
    copying: Thread


class Process:
    """A shell command, or a Fork's module and arguments, restarted when it ends, after a pause that
    doubles each time.

    Its children are killed with it; if it `hands_over`, they continue while the next one starts,
    until their standard input ends (digitsite/processes/web.py).
    """

    def __init__(self, name: str, command: Command, log: Log, *, hands_over: bool = False) -> None:
        self.pause = SHORTEST_PAUSE / 2
        self.due: float | None = None  # when to restart it
        self._name = name
        self._command = command
        self._log = log
        self._hands_over = hands_over
        self._ended: list[Handover] = []
        self.start()

    def start(self) -> None:
        self.popen = start(self._command, self._name)
        self.started, self.due = time.monotonic(), None
        self._log.last_line = ""
        self._copying = Thread(target=self._log.copy, args=[self.popen.stdout], daemon=True)
        self._copying.start()

    def has_ended(self) -> bool:
        return self.popen.poll() is not None

    def update(self) -> None:
        """Schedules its restart if it has ended, and restarts it when that is due."""
        self._end_handovers(time.monotonic() - HANDOVER_SECONDS)
        if self.due is not None and time.monotonic() >= self.due:
            self.start()
        elif self.due is None and self.has_ended():
            if self._hands_over and self.popen.stdin:
                self._ended.append(Handover(time.monotonic(), self.popen.stdin, self._copying))
            else:
                self.kill()
            self.plan_restart()

    def _end_handovers(self, began_before: float) -> list["Handover"]:
        due = [one for one in self._ended if one.began <= began_before]
        for one in due:
            one.stop_pipe.close()
            self._ended.remove(one)
        return due

    def plan_restart(self) -> None:
        """Prints how it ended and when it restarts."""
        is_stable = time.monotonic() - self.started > STABLE_SECONDS
        self.pause = SHORTEST_PAUSE if is_stable else min(LONGEST_PAUSE, 2 * self.pause)
        self.due = time.monotonic() + self.pause
        what = (
            f"{self._name} ended ({how(self.popen.returncode)}), starts again in {self.pause:g} s"
        )
        last = f" It said: {self._log.last_line}" if self._log.last_line else ""
        say(f"{what}. See {self._log.path}.{last}")

    def kill(self) -> None:
        """Kills it and its children; returns when its last output is written."""
        for one in self._end_handovers(time.monotonic()):
            one.copying.join(SECONDS_TO_STOP)
        if self.due is None:  # else its pid may belong to another process by now
            kill_group(self.popen)
            self._copying.join(SECONDS_TO_READ)


class ProcessGroup:
    """Starts processes, each with a log in the folder `logs`."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._processes: list[Process] = []

    def add(self, name: str, command: Command) -> Process:
        """Starts a process, which is restarted whenever it ends."""
        log = Log(self.logs / f"{name}.log")
        process = Process(name, command, log, hands_over=name in HAND_OVER)
        self._processes.append(process)
        return process

    def watch(self) -> None:
        """Restarts processes that have ended, when that is due."""
        for process in self._processes:
            process.update()

    def stop(self, *, at_once: Callable[[], bool]) -> None:
        """Asks all to stop, the first (the broker) after the others, and kills those that do not.

        As soon as `at_once()` is true it waits no longer.
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


def start(command: Command, name: str, *, output: bool = True) -> Child:
    """Starts a process that ends with this one, and leads a process group: a terminal's Ctrl-C goes
    only to the supervisor. With `output` what it prints can be read from its `stdout`."""
    if isinstance(command, list):
        return Fork(command, name, output=output)
    # `python` is that of this virtual environment, activated or not.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return subprocess.Popen(
        ["/bin/sh", "-c", f"exec {command}"],
        env={**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if output else None,
        stderr=subprocess.STDOUT if output else None,
        process_group=0,
        preexec_fn=partial(parent_death.die_with, os.getpid()),
    )


def kill_group(leader: Child) -> None:
    """Kills all processes in the group that this process leads."""
    try:
        os.killpg(leader.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # nothing is left; macOS calls a group of zombies "not permitted"
    leader.wait()


def how(code: int) -> str:
    """How a process ended, from subprocess's return code."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
