"""Benchmark: how fast does the site answer, beside the bare network and the same network in Gradio?

`python -m benchmarks.live` measures everything in turns, ROUNDS times, so that other load on the
machine affects all alike; the median of the rounds counts. Needs wrk.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from tqdm import tqdm

from benchmarks import report
from benchmarks.baselines import gradio_env
from benchmarks.tools import drawings, memory, servers, wrk
from digitsite.processes import web
from recognizer.ink import rasterize, strokes

ROUNDS = 3
DRAWINGS = 500
CLIENTS, CROWD = 8, 64
WARM_SECONDS = 2
SECONDS = 5
Measure = Callable[[], dict[str, float]]


@dataclass(frozen=True)
class Endpoint:
    """An endpoint, the load script for it, and the headers of its requests."""

    script: str
    url: str
    headers: dict[str, str]

    def drive(self, bodies: Path, *, clients: int, seconds: float = SECONDS) -> dict[str, float]:
        load = wrk.drive(
            self.script,
            self.url,
            clients=clients,
            seconds=seconds,
            bodies=bodies,
            headers=self.headers,
        )
        return asdict(load)


class BareLoop:
    """Rasterising and the network alone, in this process, on one thread."""

    def __init__(self) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = str(servers.ROOT / "recognizer" / "shipped" / "model.onnx")
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._drawings = [
            strokes.parse(one["strokes"], width=one["width"], height=one["height"])
            for one in drawings.drawings(DRAWINGS)
        ]

    def measure(self) -> dict[str, float]:
        """The median milliseconds a drawing."""
        return {"p50_ms": statistics.median(self._milliseconds(one) for one in self._drawings)}

    def _milliseconds(self, drawing: strokes.Strokes) -> float:
        started = time.perf_counter()
        picture = rasterize.from_strokes(drawing, version=rasterize.DEFAULT_VERSION)
        images = picture[np.newaxis]
        self._session.run(["probabilities", "is_digit"], {"images": images})
        return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure, and write the results beside the scripts. Raises SystemExit with the reason."""
    try:
        wrk.check()
        with ExitStack() as stack:
            report.add("live", _measured(stack))
    except (wrk.NoLoad, servers.DidNotStart) as error:
        raise SystemExit(f"Cannot measure: {error}") from error


def _measured(stack: ExitStack) -> dict[str, Any]:
    load_average = os.getloadavg()[0]
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
    site = stack.enter_context(servers.site(folder))
    return {
        "rounds": ROUNDS,
        "seconds": SECONDS,
        "busy": load_average,
        "load": wrk.version(),
        "gradio": gradio_env.version(),
        "web": {"processes": web.options().workers, "threads": web.options().threads},
        "results": _in_turns(_measures(stack, site, folder)),
        "memory_mb": memory.megabytes(site.process.pid),
    }


def _measures(stack: ExitStack, site: servers.Server, folder: Path) -> dict[str, Measure]:
    """All that is measured, by name, each warmed up."""
    bodies = folder / "drawings.jsonl"
    drawings.write(bodies, DRAWINGS)
    signed_in = servers.sign_up(site.url)
    live = Endpoint("answer", f"{site.url}/api/recognize/", signed_in)
    saved = Endpoint("saved", f"{site.url}/api/drawings/", {**signed_in, "Prefer": "wait=5"})
    bare = Endpoint("answer", f"{stack.enter_context(_bare_django(folder)).url}/", {})
    gradio, gradio_bodies = _gradio(stack, folder)
    for endpoint in (live, saved, bare):
        endpoint.drive(bodies, clients=CLIENTS, seconds=WARM_SECONDS)
    gradio.drive(gradio_bodies, clients=CLIENTS, seconds=WARM_SECONDS)
    return {
        "bare loop": BareLoop().measure,
        "live, 1 client": lambda: live.drive(bodies, clients=1),
        "live, 8 clients": lambda: live.drive(bodies, clients=CLIENTS),
        "live, 64 clients": lambda: live.drive(bodies, clients=CROWD),
        "saved, 1 client": lambda: saved.drive(bodies, clients=1),
        "saved, 8 clients": lambda: saved.drive(bodies, clients=CLIENTS),
        "Gradio, 8 clients": lambda: gradio.drive(gradio_bodies, clients=CLIENTS),
        "bare Django view, 8 clients": lambda: bare.drive(bodies, clients=CLIENTS),
    }


def _bare_django(folder: Path) -> AbstractContextManager[servers.Server]:
    """The view of `baselines/bare_django.py`, served as the site is."""
    port = servers.free_port()
    application = "benchmarks.baselines.bare_django:application"
    serve = f"from digitsite.processes import web; web.main({application!r})"
    return servers.running(
        [sys.executable, "-c", serve],
        port=port,
        ready="/",
        log=folder / "bare.log",
        env={"PORT": str(port)},
    )


def _gradio(stack: ExitStack, folder: Path) -> tuple[Endpoint, Path]:
    python = gradio_env.install(servers.ROOT / "var" / "benchmarks" / "gradio")
    app = stack.enter_context(gradio_env.running(python, log=folder / "gradio.log"))
    bodies = folder / "gradio.jsonl"
    drawings.write(bodies, DRAWINGS, wrap=lambda drawing: {"data": [drawing]})
    return Endpoint("gradio", f"{app.url}/gradio_api/call/recognize", {}), bodies


def _in_turns(measures: dict[str, Measure]) -> dict[str, dict[str, float]]:
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in measures}
    with tqdm(total=ROUNDS * len(measures), unit="run") as bar:
        for _ in range(ROUNDS):
            for name, measure in measures.items():
                bar.set_description(name)
                rounds[name].append(measure())
                bar.update()
    return {name: _together(runs) for name, runs in rounds.items()}


def _together(runs: list[dict[str, float]]) -> dict[str, float]:
    """The medians of the rounds; counts are added up."""
    added = ("answers", "refused", "broken", "repeated")
    return {
        name: sum(run[name] for run in runs)
        if name in added
        else statistics.median(run[name] for run in runs)
        for name in runs[0]
    }


if __name__ == "__main__":
    main()
