"""What is done to the site, one thing at a time. Each leaves it to mend itself."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.chaos.machines import DISK_BYTES, Machines, terminate_connections
from tests.digitsite.supervisor.sites import web_processes

HELD_SECONDS = 3.0
MOST_TRIES = 50
Hit = Callable[[Machines, random.Random], None]


def kill(words: str, machines: Machines, rng: random.Random) -> None:
    """Kills one of the processes whose command line holds the words."""
    found = machines.pids(words)
    if found:  # or it is just being started again
        _signal(rng.choice(found), signal.SIGKILL)


def kill_web_main(machines: Machines, rng: random.Random) -> None:
    """The oldest: right after another such hit that is a worker which it left behind."""
    _signal(next(iter(web_processes(rng.choice(machines.sites))), None), signal.SIGKILL)


def kill_web_worker(machines: Machines, rng: random.Random) -> None:
    workers = web_processes(rng.choice(machines.sites))[1:]
    _signal(rng.choice(workers) if workers else None, signal.SIGKILL)


def kill_broker(machines: Machines, rng: random.Random) -> None:
    _signal(_broker(machines), signal.SIGKILL)


def pause_broker(machines: Machines, rng: random.Random) -> None:
    pid = _broker(machines)
    _signal(pid, signal.SIGSTOP)
    time.sleep(HELD_SECONDS)
    _signal(pid, signal.SIGCONT)


def fill_broker(machines: Machines, rng: random.Random) -> None:
    """Leaves the broker no memory for anything new."""
    with machines.broker() as client:
        client.config_set("maxmemory", "1")
        time.sleep(HELD_SECONDS)
        client.config_set("maxmemory", "0")


def fill_disk(machines: Machines, rng: random.Random) -> None:
    """Makes the disk as small as what it holds, then large again."""
    assert machines.disk
    # It is refused where something was written since the disk was measured.
    assert any(_resize(machines.disk, _held(machines.disk)) for _ in range(MOST_TRIES))
    time.sleep(HELD_SECONDS)
    assert _resize(machines.disk, DISK_BYTES)


def end_connections(machines: Machines, rng: random.Random) -> None:
    terminate_connections(machines.database_url)


def possible(machines: Machines) -> dict[str, Hit]:
    """The hits that can be done here, by what they are called in the report."""
    hits: dict[str, Hit] = {
        "recognition killed": partial(kill, "[recognition]"),
        "background killed": partial(kill, "[background]"),
        "beat killed": partial(kill, "[beat]"),
        "web worker killed": kill_web_worker,
        "web main killed": kill_web_main,
        "broker killed": kill_broker,
        "broker paused": pause_broker,
        "broker out of memory": fill_broker,
    }
    if machines.disk:
        hits["disk full"] = fill_disk
    if machines.database_url:
        hits["connections ended"] = end_connections
    return hits


def hit(machines: Machines, count: int, *, seconds: float, rng: random.Random) -> list[str]:
    """Hits so often, at random moments of so many seconds; returns what was hit.

    Everything is hit before anything is hit again.
    """
    hits = possible(machines)
    names: list[str] = []
    while len(names) < count:
        names += rng.sample(list(hits), len(hits))
    began = time.monotonic()
    for number, name in enumerate(names[:count]):
        moment = began + (number + rng.random() / 2) * seconds / count
        time.sleep(max(0.0, moment - time.monotonic()))
        hits[name](machines, rng)
    return names[:count]


def _broker(machines: Machines) -> int:
    with machines.broker() as client:
        return int(client.info("server")["process_id"])


def _signal(pid: int | None, number: signal.Signals) -> None:
    if pid is None:
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # it ended by itself just now


def _held(disk: Path) -> int:
    """The bytes that are written there."""
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _resize(disk: Path, size: int) -> bool:
    """Whether the disk has so many bytes now."""
    command = ["mount", "-o", f"remount,size={size}", disk]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
