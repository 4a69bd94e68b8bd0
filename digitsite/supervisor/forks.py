"""Runs a site's modules in forks of the supervisor, once it has imported the site.

A fork starts at once, and shares the memory of what was imported. Linux only: on macOS a fork must
not use system libraries that were loaded before.
"""

import gc
import multiprocessing
import os
import shlex
import signal
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from digitsite import parent_death
from digitsite.config import start_errors
from digitsite.processes import web

# What workers and beat import beside what the web server does.
MODULES = (
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.concurrency.prefork",
    "celery.worker.consumer",
    "digitsite.processes.worker",
    "django_celery_beat.schedulers",
    "kombu.transport.redis",
    "recognizer.answers.stored.refresh",
    "recognizer.imports.work",
)
STDERR = 2
_fork = multiprocessing.get_context("fork")


def preload() -> None:
    """Imports the site, once for all forks. Raises ImproperlyConfigured for an invalid setting."""
    web.preload()
    for name in MODULES:
        import_module(name)
    gc.freeze()  # a garbage collection would write into the shared memory


def module_and_arguments(command: str) -> list[str]:
    """What a command `python -m MODULE ...` names."""
    _, _, *words = shlex.split(command)
    return words


class Fork:
    """A fork of this process that calls `main()` of a module, as `python -m` does, and ends with
    this process. It leads a process group. Its methods and attributes are those of
    subprocess.Popen.

    Its standard input is a pipe that ends with this process. With `output`, what it prints is read
    from `stdout`.
    """

    def __init__(self, words: list[str], name: str, *, output: bool) -> None:
        """`words`: the module and its arguments; `name`: of the process, at most 15 characters."""
        its_input, stdin = os.pipe()
        stdout, its_output = os.pipe()
        streams = [its_input, its_output, its_output] if output else [its_input]
        arguments = (os.getpid(), streams, name, words)
        self._process = _fork.Process(target=_become, args=arguments)
        self._process.start()
        os.close(its_input)
        os.close(its_output)
        self.stdin, self.stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        assert self._process.pid is not None
        self.pid = self._process.pid
        with suppress(ProcessLookupError):  # it has ended
            os.setpgid(self.pid, self.pid)

    @property
    def returncode(self) -> int | Any:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> None:
        self._process.join()

    def terminate(self) -> None:
        self._process.terminate()


def _become(parent: int, streams: list[int], name: str, words: list[str]) -> None:
    parent_death.die_with(parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    for standard, stream in enumerate(streams):
        os.dup2(stream, standard)
    _open_standard_streams()
    _close_all_but_standard_streams()
    Path("/proc/self/comm").write_text(name)
    os.environ[web.STOP_PIPE] = "yes"
    sys.argv = words
    with start_errors.in_one_line():
        import_module(words[0]).main()


def _open_standard_streams() -> None:
    """Python's own may be other files: multiprocessing replaced the input, and the supervisor its
    output if that could not be written to once."""
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - open as long as this process runs
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115


def _close_all_but_standard_streams() -> None:
    """Closes the supervisor's lock and pipes. Only what is open: some containers allow a billion
    descriptors, which old kernels close one by one."""
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > STDERR:
            with suppress(OSError):  # the listing's own
                os.close(number)
