"""Runs a Celery worker for some queues: `python -m digitsite.processes.worker imports training`.

As `celery worker`, without the interactive shell that Celery's command line imports (10 MB).
"""

import argparse
import os
import socket
import sys
from typing import Any

from digitsite.celery import app
from digitsite.config import start_errors

# An idle process may hold this much. A run with torch leaves 750 MB, an import 150 MB.
KEPT_KB = 300_000
NICENESS = 10  # at least, of what nobody waits for


def main() -> None:
    """Works until it is told to stop."""
    options = _arguments()
    if "recognition" not in options.queues:
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.nice(0)))
    os.environ["CELERY_SKIP_CHECKS"] = "true"  # made once, when the site is prepared
    worker = app.Worker(
        hostname=f"{'-'.join(options.queues)}@{options.host}",
        queues=options.queues,
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        **_processes(options.queues),
    )
    worker.start()
    sys.exit(worker.exitcode)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Runs a worker for these queues.")
    parser.add_argument("queues", nargs="+", choices=["recognition", "imports", "training"])
    parser.add_argument("--host", default=socket.gethostname(), help="name of this machine")
    return parser.parse_args()


def _processes(queues: list[str]) -> dict[str, Any]:
    """CELERY_WORKER_CONCURRENCY is for recognition. Of the others each queue has a process, so that
    no import waits for a run; one that a run has made large is replaced afterwards."""
    if "recognition" in queues:
        return {}
    return {"concurrency": len(queues), "max_memory_per_child": KEPT_KB}


if __name__ == "__main__":
    with start_errors.in_one_line():
        main()
