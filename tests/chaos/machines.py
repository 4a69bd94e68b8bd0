"""What is hit: one machine with SQLite and the embedded broker, or two that share PostgreSQL and a
Redis-compatible server."""

import json
import os
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import redis

from digitsite import parent_death
from digitsite.config import sockets
from digitsite.supervisor import broker
from tests import stack
from tests.stack import Site

# Rate limits are counted but never reached; no run takes the cores.
FREELY = {"LIVE_RATE": "10000000/min", "API_RATE": "10000000/min", "RETRAIN_AFTER_LABELS": "0"}
DISK_BYTES = 2_000_000_000
BROKER_PAUSE = 0.5  # what restarts the server of two machines waits so long, as make run does


@dataclass
class Machines:
    """`sites[0]` has all processes of the Procfile, a second one web and recognition."""

    sites: list[Site]
    broker_url: str
    database_url: str  # "" for SQLite
    disk: Path | None  # a tmpfs that holds the first site's state, where it could be mounted

    @property
    def urls(self) -> list[str]:
        return [site.url for site in self.sites]

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.broker_url, socket_timeout=10)

    def pids(self, words: str) -> list[int]:
        """The processes of all machines whose command line holds these words, oldest first."""
        return [
            pid for site in self.sites for pid, line in site.processes().items() if words in line
        ]

    def ask(self, code: str) -> Any:
        """What Python code, run with the site's models, prints as its last line of JSON."""
        printed = self.sites[0].run(textwrap.dedent(code))
        return json.loads(printed.splitlines()[-1])

    def stop(self) -> list[str]:
        """Stops the sites as Ctrl-C does; returns the command lines of processes left behind."""
        left = []
        for site in reversed(self.sites):
            site.process.terminate()
            site.process.wait(timeout=30)
            left += site.processes().values()
            site.stop()
        return left


@contextmanager
def running(folder: Path) -> Iterator[Machines]:
    """The machines that the environment asks for, ready, with their state under `folder`.

    With DATABASE_URL there are two, on a database of their own on that server.
    """
    with _tmpfs(folder / "one") as disk:
        if os.environ.get("DATABASE_URL"):
            with _two(folder, disk) as machines:
                yield machines
        else:
            with _site(folder / "one" / "var") as site:
                yield Machines([site], f"unix://{sockets.path_for(site.var)}", "", disk)


@contextmanager
def _two(folder: Path, disk: Path | None) -> Iterator[Machines]:
    with (
        stack.other_postgres(os.environ["DATABASE_URL"]) as database,
        _redis(folder / "redis") as broker_url,
    ):
        shared = {"DATABASE_URL": database, "REDIS_URL": broker_url, "SECRET_KEY": "0123456789" * 5}
        command = [sys.executable, "-m", "tests.chaos.second_machine"]
        with (
            _site(folder / "one" / "var", **shared) as first,
            _site(folder / "two" / "var", command=command, **shared) as second,
        ):
            yield Machines([first, second], broker_url, database, disk)


@contextmanager
def _site(var: Path, **options: Any) -> Iterator[Site]:
    site = Site(var, **FREELY, **options)
    try:
        yield site.ready()
    finally:
        site.stop()


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """A server with a port of its own, started again when it ends, as a service manager does."""
    folder.mkdir()
    port = stack.free_port()
    command = broker.command(address=folder / "socket", folder=folder)
    loop = f"while :; do {command} --port {port}; sleep {BROKER_PAUSE}; done"
    process = subprocess.Popen(
        ["/bin/sh", "-c", loop],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # where the shell says what was killed
        process_group=0,
        preexec_fn=partial(parent_death.die_with, os.getpid()),
    )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        broker.wait(url, seconds=5)
        yield url
    finally:
        os.killpg(process.pid, 9)
        process.wait()


@contextmanager
def _tmpfs(folder: Path) -> Iterator[Path | None]:
    """Mounts one, which can be made smaller than what it holds; None where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = f"mount -t tmpfs -o size={DISK_BYTES} chaos {shlex.quote(str(folder))}"
    if subprocess.run(shlex.split(mount), capture_output=True).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def terminate_connections(database_url: str) -> None:
    """Ends all connections to the database but the one that says so."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
