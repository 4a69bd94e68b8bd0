"""Which model version each process has loaded, as the processes themselves report.

Each reports every two seconds to the broker's server, where reports soon expire. Reporting also
loads a new champion into a process that receives no requests.
"""

import json
import logging
import os
import socket
import threading
import time
import uuid
from dataclasses import asdict, dataclass

import redis
from django.db import Error, connection
from django_redis import get_redis_connection

from recognizer.answers import serving

log = logging.getLogger(__name__)

SECONDS_APART = 2.0
KEPT_SECONDS = 10
PREFIX = "digitsite:holding:"


@dataclass(frozen=True)
class VersionHeartbeat:
    """One process's report. `version` is None if it has loaded none; times are Unix times.
    `process` names the machine, and is for staff only."""

    kind: str
    process: str
    version: int | None
    since: float
    seen: float


def latest() -> list[VersionHeartbeat]:
    """The latest report of every process, by kind and process; empty without a broker."""
    try:
        client = get_redis_connection()
        keys = list(client.scan_iter(f"{PREFIX}*", count=1000))
        values = client.mget(keys) if keys else []
    except redis.RedisError:
        return []
    found = [VersionHeartbeat(**json.loads(one)) for one in values if one is not None]
    return sorted(found, key=lambda beat: (beat.kind, beat.process))


def report(kind: str) -> None:
    """Starts this process's reports. Call it after forking."""
    reporter = Reporter(kind)
    threading.Thread(target=reporter.run, name="version heartbeats", daemon=True).start()


class Reporter:
    """Reports for one process. `kind` is web or recognition."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._process = f"{socket.gethostname()} {os.getpid()}"
        self._key = f"{PREFIX}{kind}:{os.getpid()}:{uuid.uuid4().hex}"
        self._version: int | None = None
        self._since = time.time()

    def run(self) -> None:
        """Reports until the process ends."""
        while True:
            self.try_to_report()
            time.sleep(SECONDS_APART)

    def try_to_report(self) -> None:
        """Reports once and survives every error: otherwise the thread would end, and this process
        would no longer load new champions."""
        try:
            self.report()
        # Nothing above this frame would catch it, and the next report may succeed.
        except Exception:
            log.exception("This process cannot report its model version.")
        finally:
            connection.close()

    def report(self) -> None:
        """Reports once. Without a broker the report is lost; /health/ready shows the broker's
        state."""
        version, now = _loaded_version(), time.time()
        if version != self._version:
            self._version, self._since = version, now
        heartbeat = VersionHeartbeat(self._kind, self._process, version, self._since, now)
        try:
            get_redis_connection().set(self._key, json.dumps(asdict(heartbeat)), ex=KEPT_SECONDS)
        except redis.RedisError:
            pass


def _loaded_version() -> int | None:
    try:
        return serving.model_cache.champion().model_version
    except (serving.NoModel, Error):
        return None
