"""Benchmark: how much slower are answers while a run trains, and how long does the run take?

`python -m benchmarks.learning` sends requests at an even pace, as people do, before, during and
after a run; what counts is the ratio.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import report
from benchmarks.tools import drawings, servers
from training.ml.data import mnist

DRAWINGS = 850  # of which three in five are labelled
SECONDS = 12.0
ASKED_A_SECOND = 20
RUN_SECONDS = 900
UNDER_WAY = ("queued", "running", "evaluating")
PLACES = {"live": "/api/recognize/", "saved": "/api/drawings/"}
# Prints the state of the newest run.
NEWEST = """
import json
from training.models import TrainingRun
run = TrainingRun.objects.first()
print("run:", json.dumps([run.state, run.phase, run.step, run.steps, str(run.reason)]))
"""


class Paced:
    """One person's requests, at an even pace over one connection."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        self.headers = headers | {"Content-Type": "application/json", "Prefer": "wait=5"}
        self.bodies = [json.dumps(one) for one in drawings.drawings(100, seed=9)]

    def milliseconds(self, path: str, *, seconds: float = SECONDS) -> list[float]:
        """How long each answer takes."""
        # The server has closed the connection if it was idle for long, as it is between
        # measurements.
        self.connection.close()
        self.connection.connect()
        took, began = [], time.monotonic()
        for number in range(round(seconds * ASKED_A_SECOND)):
            due = began + number / ASKED_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            took.append(self._ask(path, self.bodies[number % len(self.bodies)]))
        return took

    def _ask(self, path: str, body: str) -> float:
        began = time.perf_counter()
        self.connection.request("POST", path, body, self.headers)
        reply = self.connection.getresponse()
        reply.read()
        if reply.status not in (200, 201):
            raise RuntimeError(f"{path} answered {reply.status}.")
        return (time.perf_counter() - began) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="learning-") as folder:
        var = Path(folder)
        base = servers.ROOT / "var" / "mnist"
        mnist.get(base)
        (var / "mnist").symlink_to(base, target_is_directory=True)
        with servers.site(var, env={"RETRAIN_AFTER_LABELS": "0"}) as server:
            report.add("learning", _measure(server.url, var))


def _measure(url: str, var: Path) -> dict[str, Any]:
    _manage(var, "demo", "--drawings", str(DRAWINGS))
    person = Paced(url, servers.sign_up(url))
    for path in PLACES.values():
        person.milliseconds(path, seconds=2)
    before = _all(person)
    began = time.monotonic()
    _manage(var, "retrain")
    _await(var, lambda state, phase: phase.startswith("Fine-tuning") or state not in UNDER_WAY)
    during = _all(person)
    still = _newest(var)
    _await(var, lambda state, phase: state not in UNDER_WAY)
    took, run = time.monotonic() - began, _newest(var)
    after = _all(person)
    return {
        "pace": ASKED_A_SECOND,
        "before": before,
        "during": during,
        "after": after,
        "seconds": round(took),
        "decision": run[0],
        "was_training": still[0] in UNDER_WAY,
    }


def _all(person: Paced) -> dict[str, dict[str, float]]:
    return {name: _summary(person.milliseconds(path)) for name, path in PLACES.items()}


def _summary(took: list[float]) -> dict[str, float]:
    return {
        "p50_ms": statistics.median(took),
        "p95_ms": statistics.quantiles(took, n=20)[-1],
        "answers": len(took),
    }


def _newest(var: Path) -> list[Any]:
    output = _manage(var, "shell", "-v0", "-c", NEWEST)
    return list(json.loads(output.partition("run: ")[2]))


def _await(var: Path, fits: Any) -> None:
    until = time.monotonic() + RUN_SECONDS
    while not fits(*_newest(var)[:2]):
        if time.monotonic() > until:
            raise RuntimeError(f"The run did not get that far in {RUN_SECONDS} s.")
        time.sleep(1)


def _manage(var: Path, *words: str) -> str:
    environment = os.environ | {"VAR": str(var), "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=servers.ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


if __name__ == "__main__":
    main()
