"""Which model version each process holds now, as the processes themselves say.

Each says so every two seconds, on the broker's server, where it is forgotten when the process no
longer does. The look that this takes also brings a new champion to a process that nobody asks.
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
    """What one process holds. `version` is None where it can answer with none; times are Unix's.

    `process` names the machine: for staff alone.
    """

    kind: str
    process: str
    version: int | None
    since: float
    seen: float


def latest() -> list[VersionHeartbeat]:
    """What every process said lately, by kind and process; none without a broker."""
    try:
        client = get_redis_connection()
        keys = list(client.scan_iter(f"{PREFIX}*", count=1000))
        values = client.mget(keys) if keys else []
    except redis.RedisError:
        return []
    found = [VersionHeartbeat(**json.loads(one)) for one in values if one is not None]
    return sorted(found, key=lambda beat: (beat.kind, beat.process))


def report(kind: str) -> None:
    """Has this process say what it holds, from now on. Call it after the fork."""
    reporter = Reporter(kind)
    threading.Thread(target=reporter.run, name="version heartbeats", daemon=True).start()


class Reporter:
    """What one process says. `kind` is web or recognition."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._process = f"{socket.gethostname()} {os.getpid()}"
        self._key = f"{PREFIX}{kind}:{os.getpid()}:{uuid.uuid4().hex}"
        self._version: int | None = None
        self._since = time.time()

    def run(self) -> None:
        """Says it again and again, for ever."""
        while True:
            self.try_to_say()
            time.sleep(SECONDS_APART)

    def try_to_say(self) -> None:
        """Says it once, whatever goes wrong: an error would end the thread for good, and this
        process would bring no new champion by itself any more."""
        try:
            self.say()
        # The thread's edge: there is nobody to raise it to, and the next look may succeed.
        except Exception:
            log.exception("This process cannot say what it holds.")
        finally:
            connection.close()

    def say(self) -> None:
        """Reports once. Without a broker it is lost; /health/ready tells of the broker."""
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
