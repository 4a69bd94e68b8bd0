"""The web server: granian with the settings that the environment gives."""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from threading import Thread

import django
from django.conf import settings
from django.utils.module_loading import import_string

from digitsite import logs, parent_death
from digitsite.config import environment, start_errors

HIGHEST_PORT = 65_535
# How long a request may still take after the server is told to stop, in seconds.
KILL_TIMEOUT = 3
# Of one process. Each has a thread, created on demand: slow senders keep nobody waiting.
# WEB_THREADS limits the requests that are handled at once: digitsite/server/concurrency_limit.py.
MOST_CONNECTIONS = 512
# Set by the supervisor if standard input ends when it does.
STOP_PIPE = "DIGITSITE_STOP_PIPE"
# Of mallopt(3): M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.
MALLOC = {-8: 2, -3: 1 << 20, -1: 1 << 20}
_is_worker = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": logs.FORMATTERS,
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"_granian": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}


@dataclass(frozen=True)
class Options:
    """The web server's address, its number of processes, and how many requests each handles at
    once."""

    host: str
    port: int
    workers: int
    threads: int

    @property
    def address(self) -> str:
        """Host and port, as in a URL: an IPv6 address is in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def options() -> Options:
    """Read from the environment. Raises ImproperlyConfigured."""
    return Options(
        host=environment.text("HOST", "127.0.0.1"),
        port=environment.integer("PORT", 8000, least=1, most=HIGHEST_PORT),
        workers=environment.integer("WEB_WORKERS", 2, least=1),
        threads=environment.integer("WEB_THREADS", 8, least=2),
    )


def main(application: str = "digitsite.wsgi:application") -> None:
    """Serves until it is told to stop. Raises ImproperlyConfigured."""
    from granian import Granian  # the supervisor needs only the options
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    chosen = options()
    return_freed_memory()
    if parent_death.IS_LINUX:
        # Granian's workers outlive a killed main process. Only forked ones can be tied to it.
        multiprocessing.set_start_method("fork", force=True)
        if os.environ.get(STOP_PIPE):
            os.register_at_fork(after_in_child=_become_worker)
        else:
            parent_death.tie_forks()
    Granian(
        application,
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.WSGI,
        workers=chosen.workers,
        http=HTTPModes.http1,  # what proxies use
        backpressure=MOST_CONNECTIONS,
        blocking_threads=MOST_CONNECTIONS,
        log_level=LogLevels.error,  # its warnings concern the number of threads
        log_dictconfig=LOGGING,
        workers_kill_timeout=KILL_TIMEOUT,
        respawn_failed_workers=True,
    ).serve()


def return_freed_memory() -> None:
    """Makes glibc's malloc return what pictures and bodies of requests took: fewer arenas, blocks
    from 1 MB on mapped, and the top of the heap trimmed from there on (mallopt(3))."""
    if parent_death.IS_LINUX and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        for parameter, value in MALLOC.items():
            libc.mallopt(parameter, value)


def _become_worker() -> None:
    """Lets a worker continue when the main process dies, until the supervisor has started another
    one or ends itself. Processes that the worker forks end with the worker."""
    global _is_worker
    if not _is_worker:
        _is_worker = True
        parent_death.tie_forks()
        stop_pipe = os.dup(sys.stdin.fileno())  # multiprocessing closes standard input
        Thread(target=_end_with, args=[stop_pipe], daemon=True).start()


def _end_with(stop_pipe: int) -> None:
    os.read(stop_pipe, 1)  # returns at the pipe's end: nothing is ever written
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(KILL_TIMEOUT)
    os._exit(1)


def preload() -> None:
    """Imports the site once, before workers are forked: a dead worker is replaced within a second,
    and workers share the memory. Each worker creates its own threads and connections (wsgi.py)."""
    if parent_death.IS_LINUX:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
        django.setup(set_prefix=False)
        # Only imported: WhiteNoise's keeps the names of the static files, which an upgrade changes.
        for middleware in settings.MIDDLEWARE:
            import_string(middleware)
        import_module("django.core.handlers.wsgi")
        import_module("digitsite.urls")
        gc.freeze()  # a garbage collection would write into the shared memory


if __name__ == "__main__":
    with start_errors.in_one_line():
        preload()
        main()
