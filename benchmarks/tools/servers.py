"""Starting and stopping of the servers that are measured, each on its own port."""

import contextlib
import http.cookiejar
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from digitsite import parent_death

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
STOP_SECONDS = 15.0
# Rate limits are counted, as in production, but never reached.
FREELY = {"LIVE_RATE": "10000000/min", "API_RATE": "10000000/min", "LOG_LEVEL": "WARNING"}


class DidNotStart(Exception):
    """A server did not start; the message says why."""


class Server:
    """A server process and the URL that it answers at."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def running(
    command: list[str], *, port: int, ready: str, log: Path, env: dict[str, str]
) -> Iterator[Server]:
    """A server run by `command`, from when GET `ready` answers 200 until the block ends.

    Raises DidNotStart.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=partial(parent_death.die_with, os.getpid()),
        )
        server = Server(process, f"http://127.0.0.1:{port}")
        try:
            _await(server, ready, log)
            yield server
        finally:
            _stop(process)


def site(var: Path, *, env: dict[str, str] | None = None) -> contextlib.AbstractContextManager:
    """The whole site, started as by `make run`, with its state in `var`."""
    port = free_port()
    return running(
        [sys.executable, "-m", "digitsite.supervisor"],
        port=port,
        ready="/health/ready",
        log=var / "site.log",
        env={**FREELY, **(env or {}), "VAR": str(var), "PORT": str(port)},
    )


def _await(server: Server, ready: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not _is_ready(f"{server.url}{ready}"):
        if server.process.poll() is not None or time.monotonic() > until:
            raise DidNotStart(
                f"{server.url} does not answer. Its output: {log.read_text()[-2000:]}"
            )
        time.sleep(0.1)


def _is_ready(url: str) -> bool:
    """Whether it answers 200 and, for the site, at least one worker is up."""
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            body = reply.read()
    except (OSError, urllib.error.URLError):
        return False
    return not url.endswith("/health/ready") or bool(json.loads(body)["workers"])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def sign_up(url: str, name: str = "bench") -> dict[str, str]:
    """Sign up as a browser does, and return the headers of requests by the signed-in page.

    Raises DidNotStart.
    """
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"{url}/accounts/signup/"
    opener.open(address).read()
    form = {"username": name, "password1": secrets.token_urlsafe(16), "teaches": "on"}
    form["csrfmiddlewaretoken"] = _cookies(jar)["csrftoken"]
    opener.open(address, urllib.parse.urlencode(form).encode()).read()
    cookies = _cookies(jar)
    if "sessionid" not in cookies:
        raise DidNotStart(f"{address} made no account.")
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": cookies["csrftoken"],
    }


def _cookies(jar: http.cookiejar.CookieJar) -> dict[str, str]:
    return {cookie.name: cookie.value or "" for cookie in jar}


def post(url: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
    """POST JSON; the status and the JSON of the reply."""
    request = urllib.request.Request(url, json.dumps(body).encode(), headers=headers)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as reply:
        return reply.status, json.load(reply)
