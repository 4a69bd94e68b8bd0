"""Benchmark: how fast does a backlog of saved drawings drain, and how long does a person wait who
saves meanwhile?

`python -m benchmarks.backlog` measures 1 and 4 recognition workers, on SQLite and the embedded
broker; with DATABASE_URL and REDIS_URL on those, whose database it fills: give it one of its own.
Needs wrk.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import report
from benchmarks.tools import drawings, servers, wrk

WORKERS = (1, 4)
WAITING = 2000
DRAWINGS = 200
SECONDS = 4
# Runs beside the site, like its own processes. Prints how many seconds the backlog took.
DRAIN = """
import json, time
from pathlib import Path
from recognizer.answers.stored import answer_tasks
from recognizer.models import Drawing, User
owner = User.objects.get(username="{person}")
bodies = [json.loads(line) for line in Path("{bodies}").read_text().splitlines()]
each = [Drawing(owner=owner, **bodies[n % len(bodies)]) for n in range({count})]
last = Drawing.objects.bulk_create(each)[-1].pk
started = time.monotonic()
answer_tasks.send()
print("It begins.", flush=True)
while Drawing.objects.waiting().filter(pk__lte=last).exists():
    time.sleep(0.02)
print("seconds:", time.monotonic() - started)
"""


def main() -> None:
    """Measure, and write the results beside the scripts. Raises SystemExit with the reason."""
    try:
        wrk.check()
        busy = os.getloadavg()[0]
        results = {str(workers): _measured(workers) for workers in WORKERS}
    except (wrk.NoLoad, servers.DidNotStart) as error:
        raise SystemExit(f"Cannot measure: {error}") from error
    database = "PostgreSQL" if "DATABASE_URL" in os.environ else "SQLite"
    figures = {"waiting": WAITING, "busy": busy, "database": database, "workers": results}
    report.add(f"backlog, {database}", figures)


def _measured(workers: int) -> dict[str, float]:
    environment = {"RECOGNITION_WORKERS": str(workers)}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        bodies, person = folder / "drawings.jsonl", f"bench{workers}"
        drawings.write(bodies, DRAWINGS)
        with servers.site(folder, env=environment) as site:
            headers = servers.sign_up(site.url, person) | {"Prefer": "wait=5"}

            def save() -> wrk.Load:
                url = f"{site.url}/api/drawings/"
                return wrk.drive(
                    "saved", url, clients=1, seconds=SECONDS, bodies=bodies, headers=headers
                )

            save()  # warms up
            alone = save()
            rate = WAITING / _seconds(_drain(folder, person, bodies))
            draining = _drain(folder, person, bodies)
            meanwhile = save()
            _seconds(draining)
    return {"per_second": rate, "alone_ms": alone.p50_ms, "meanwhile_ms": meanwhile.p50_ms}


def _drain(folder: Path, person: str, bodies: Path) -> subprocess.Popen[str]:
    """Create so many waiting drawings, and return when workers begin with them."""
    code = DRAIN.format(person=person, bodies=bodies, count=WAITING)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=servers.ROOT,
        env={**os.environ, "VAR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _seconds(draining: subprocess.Popen[str]) -> float:
    output, _ = draining.communicate()
    return float(output.partition("seconds: ")[2])


if __name__ == "__main__":
    main()
