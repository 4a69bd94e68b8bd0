"""The web server: granian with the settings that the environment gives."""

import gc
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from threading import Thread

from digitsite import parent_death
from digitsite.config import environment

HIGHEST_PORT = 65_535
# Seconds that a request may still take once the server is told to stop.
KILL_TIMEOUT = 3
# Of one process. Each has a thread, made when it is needed: nobody waits because others are slow to
# send. How many requests are worked on at once is WEB_THREADS: digitsite/server/workplaces.py.
MOST_CONNECTIONS = 512
# The environment variable by which the supervisor says that standard input ends when it does.
LIFELINE = "DIGITSITE_LIFELINE"
_is_worker = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"_granian": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}


@dataclass(frozen=True)
class Options:
    """Where the web server listens, how many processes answer, and on how many requests each of
    them works at once."""

    host: str
    port: int
    workers: int
    threads: int


def options() -> Options:
    """Read from the environment. Raises ImproperlyConfigured."""
    return Options(
        host=environment.text("HOST", "127.0.0.1"),
        port=environment.whole("PORT", 8000, least=1, most=HIGHEST_PORT),
        workers=environment.whole("WEB_WORKERS", 2, least=1),
        threads=environment.whole("WEB_THREADS", 8, least=2),
    )


def main(application: str = "digitsite.wsgi:application") -> None:
    """Serves until it is told to stop. Raises ImproperlyConfigured."""
    from granian import Granian  # the supervisor reads the options alone, and needs no server
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    chosen = options()
    if parent_death.IS_LINUX:
        # Granian's workers outlive a main process that is killed. Only forks can be tied to it.
        multiprocessing.set_start_method("fork")
        if os.environ.get(LIFELINE):
            os.register_at_fork(after_in_child=_become_worker)
        else:
            parent_death.tie_forks()
    Granian(
        application,
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.WSGI,
        workers=chosen.workers,
        http=HTTPModes.http1,  # proxies speak nothing else to a site
        backpressure=MOST_CONNECTIONS,
        blocking_threads=MOST_CONNECTIONS,
        log_level=LogLevels.error,  # its warnings are about the number of threads
        log_dictconfig=LOGGING,
        workers_kill_timeout=KILL_TIMEOUT,
        respawn_failed_workers=True,
    ).serve()


def _become_worker() -> None:
    """Lets a worker answer on when the main process dies, until the supervisor has another one or
    ends itself. What the worker forks ends with the worker."""
    global _is_worker
    if not _is_worker:
        _is_worker = True
        parent_death.tie_forks()
        lifeline = os.dup(sys.stdin.fileno())  # multiprocessing closes standard input itself
        Thread(target=_end_with, args=[lifeline], daemon=True).start()


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)  # nothing is ever written
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(KILL_TIMEOUT)
    os._exit(1)


def preload() -> None:
    """Imports the site once, before workers are forked: a dead one is replaced within a second, and
    they share the memory. What has threads or connections is made by each worker (wsgi.py)."""
    if parent_death.IS_LINUX:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
        import_module("django.core.wsgi").get_wsgi_application()  # the middleware
        import_module("digitsite.urls")
        gc.freeze()  # a garbage collection would write into all that they share


if __name__ == "__main__":
    preload()
    main()
