"""What the tests of `make run` do to a site and ask of it."""

import json
import os
import signal
import sys
import time
import urllib.request

from tests.stack import Site

MAKE_RUN = ["make", "--no-print-directory", "run", f"VENV={sys.prefix}"]


def wait_until(condition, *, seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def health(site: Site) -> dict:
    with urllib.request.urlopen(f"{site.url}/health/ready", timeout=10) as answer:
        return json.load(answer)


def kill_supervisor(site: Site) -> None:
    os.kill(site.pid("digitsite.supervisor"), signal.SIGKILL)


def web_processes(site: Site) -> list[int]:
    """The web server's main process, and its workers."""
    return [pid for pid, line in site.processes().items() if "[web]" in line]


def answers(site: Site) -> bool:
    try:
        workers = health(site)["workers"]
    except OSError:
        return False
    return "recognition" in (workers or {})
