"""Load generation by wrk with a Lua script, and its results."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "lua"
MISSING = "wrk is missing. It makes the load: on Debian and Ubuntu, apt-get install wrk."


class NoLoad(Exception):
    """Nothing could be measured; the message says why."""


@dataclass(frozen=True)
class Load:
    """The answers to a number of clients: `refused` replies had another status, `broken` ones were
    incomplete, `repeated` counts requests beyond the first for an answer."""

    clients: int
    answers: int
    per_second: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int
    repeated: int


def check() -> None:
    """Raises NoLoad where wrk is not installed."""
    if shutil.which("wrk") is None:
        raise NoLoad(MISSING)


def version() -> str:
    """wrk's version, such as `wrk 4.1.0`."""
    output = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    return output.stdout.partition(" [")[0]


def drive(
    script: str,
    url: str,
    *,
    clients: int,
    seconds: float,
    bodies: Path,
    headers: dict[str, str] | None = None,
) -> Load:
    """Run lua/SCRIPT.lua with clients that send the next request as soon as they have an answer.

    Raises NoLoad where nothing was answered.
    """
    words = [word for pair in (headers or {}).items() for word in pair]
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = ["wrk", f"-t{clients}", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s"]
        command += ["-s", str(SCRIPTS / f"{script}.lua"), url, "--", str(bodies), *words]
        environment = {**os.environ, "BENCH_RESULT": str(result), "LUA_PATH": f"{SCRIPTS}/?.lua"}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode != 0 or not result.exists():
            raise NoLoad(f"wrk could not measure {url}: {(ran.stderr or ran.stdout).strip()}")
        return _load(json.loads(result.read_text()), clients=clients)


def _load(result: dict, *, clients: int) -> Load:
    times = sorted(result["milliseconds"])
    if len(times) < 2:
        raise NoLoad(
            f"Nothing was answered: {result['refused']} refused, {result['broken']} broken."
        )
    return Load(
        clients=clients,
        answers=len(times),
        per_second=len(times) / result["seconds"],
        p50_ms=statistics.median(times),
        p99_ms=times[int(len(times) * 0.99)],
        refused=result["refused"],
        broken=result["broken"],
        repeated=result["repeated"],
    )
