"""Whether each web server answers, asked all the time on fresh connections."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import requests

from benchmarks.tools.drawings import drawings

INTERVAL = 0.05
TIMEOUT = 1.0
[INK] = drawings(1)


class Probe:
    """Asks one web server for its health and a live answer in turn.

    `outages` are the seconds from an answer that failed to the next that did not.
    """

    def __init__(self, url: str) -> None:
        self.outages: list[float] = []
        self._url = url
        self._stopped = threading.Event()
        self._down_since: float | None = None

    def run(self) -> None:
        while not self._stopped.wait(INTERVAL):
            began = time.monotonic()
            if not self._answers():
                self._down_since = self._down_since or began
            elif self._down_since is not None:
                self.outages.append(time.monotonic() - self._down_since)
                self._down_since = None
        if self._down_since is not None:
            self.outages.append(time.monotonic() - self._down_since)

    def stop(self) -> None:
        self._stopped.set()

    def _answers(self) -> bool:
        try:
            health = requests.get(f"{self._url}/health/live", timeout=TIMEOUT)
            live = requests.post(f"{self._url}/api/recognize/", json=INK, timeout=TIMEOUT)
        except requests.RequestException:
            return False
        return health.ok and live.ok


@contextmanager
def asking(urls: list[str]) -> Iterator[list[Probe]]:
    """Meanwhile each web server is asked."""
    probes = [Probe(url) for url in urls]
    with ExitStack() as stack:
        for probe in probes:
            thread = threading.Thread(target=probe.run)
            thread.start()
            stack.callback(thread.join)
            stack.callback(probe.stop)
        yield probes
