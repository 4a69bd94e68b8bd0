"""All processes of one site together: watched, started again, stopped."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from digitsite import parent_death
from digitsite.supervisor.process import Process

SECONDS_TO_STOP = 5.0
TICK = 0.05


class Crew:
    """Starts processes in the folder `cwd`, each with a log in `logs`."""

    def __init__(self, *, cwd: Path, logs: Path) -> None:
        self.cwd = cwd
        self.logs = logs
        self._processes: list[Process] = []
        self._selector = selectors.DefaultSelector()
        self._undertaker = None if parent_death.IS_LINUX else _undertaker(cwd)

    def add(self, name: str, command: str, *, shows_output: bool = False) -> Process:
        """Starts a process, and again whenever it ends."""
        log = self.logs / f"{name}.log"
        process = Process(name, command, log=log, cwd=self.cwd, shows_output=shows_output)
        self._processes.append(process)
        self._start(process)
        return process

    def watch(self, seconds: float) -> None:
        """Takes what the processes print for at most that long, and starts again what ended."""
        for key, _ in self._selector.select(seconds):
            process, lines = key.data
            process.read(key.fileobj, lines, self._selector)
        for process in self._processes:
            self._look_after(process)

    def stop(self, *, at_once: Callable[[], bool]) -> None:
        """Tells all to stop, the one that was started first (the broker) last, then kills.

        As soon as `at_once()` is true nothing is waited for any more.
        """
        first, others = self._processes[:1], self._processes[1:]
        for group in (others, first):
            self._stop(group, at_once=at_once)

    def _start(self, process: Process) -> None:
        self._tell_undertaker(f"+{process.start(self._selector)}")

    def _look_after(self, process: Process) -> None:
        pid = process.pid
        if process.has_ended():
            self._tell_undertaker(f"-{pid}")
        if process.pid is None and time.monotonic() >= process.due:
            self._start(process)

    def _stop(self, group: list[Process], *, at_once: Callable[[], bool]) -> None:
        for process in group:
            process.ask_to_stop()
        until = time.monotonic() + SECONDS_TO_STOP
        while not all(process.is_gone() for process in group):
            if at_once() or time.monotonic() >= until:
                break
            self._drain(TICK)
        for process in group:
            process.kill()
        self._drain(0)

    def _drain(self, seconds: float) -> None:
        if not self._selector.get_map():
            time.sleep(seconds)
        for key, _ in self._selector.select(seconds):
            process, lines = key.data
            process.read(key.fileobj, lines, self._selector)

    def _tell_undertaker(self, line: str) -> None:
        if self._undertaker is not None:
            os.write(self._undertaker, f"{line}\n".encode())


def _undertaker(cwd: Path) -> int:
    """Starts the orphan killer; returns the pipe that it reads, which ends with us."""
    command = [sys.executable, "-m", "digitsite.supervisor.orphan_killer"]
    popen = subprocess.Popen(command, cwd=cwd, stdin=subprocess.PIPE, start_new_session=True)
    assert popen.stdin is not None
    return popen.stdin.fileno()
