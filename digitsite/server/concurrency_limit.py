"""A WSGI wrapper that limits how many requests are handled at once.

The server has a thread for every connection, so that clients who are slow to send hold none that
others need. Requests that have arrived share a few slots; each has a database connection that
stays open, which the threads would otherwise have each. One sender never has all slots: however
much somebody asks for at once, others find one.

A request whose client has gone away waits on like any other, and keeps its thread. So only so many
wait, and further ones are refused: otherwise a sender who asks and goes, again and again, would
soon have all threads.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import LifoQueue
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from digitsite.server import senders
from digitsite.server.api_paths import is_api

Application = Callable[..., Iterable[bytes]]
# The most recently used is taken first: its connection is most likely open.
Slots = LifoQueue[BaseDatabaseWrapper]
CROWDED = "Too many requests from your network are waiting. Try again in a few seconds."
RETRY_SECONDS = 5


class Crowded(Exception):
    """As many requests wait as may."""


class ConcurrencyLimit:
    """Limits the requests that an application handles at once to `count`, and those of one sender
    to `share`. Further ones of a sender wait: `waiting` of all senders, half of them of one. Those
    beyond are answered with 503. `sender` returns whose a request is."""

    def __init__(
        self,
        application: Application,
        *,
        count: int,
        share: int,
        waiting: int,
        sender: Callable[[dict[str, Any]], str],
    ) -> None:
        self._application = application
        self._sender = sender
        self._turns = _Turns(share, waiting)
        self._slots = Slots()
        for _ in range(count):
            self._slots.put(_connection())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        sender = self._sender(environ)
        try:
            self._turns.take(sender)
        except Crowded:
            return refused(environ, start_response, CROWDED)
        slot = self._slots.get()
        connections[DEFAULT_DB_ALIAS] = slot

        def leave() -> None:
            self._slots.put(slot)
            self._turns.give_back(sender)

        senders.note(sender)
        streams = False
        try:
            answer = self._application(environ, start_response)
            streams = getattr(answer, "streaming", False)
            return Streamed(answer, leave) if streams else [_content(answer)]
        finally:
            if not streams:
                leave()


@dataclass
class _Queue:
    """One sender's requests: how many there are, and the turns of those that need not wait."""

    turns: threading.Semaphore
    requests: int = 0


class _Turns:
    """Gives each sender so many turns at a time; a request without one waits for one."""

    def __init__(self, share: int, most_waiting: int) -> None:
        self._share = share
        self._most_waiting = most_waiting
        self._waiting = 0
        self._lock = threading.Lock()
        self._queues: dict[str, _Queue] = {}

    def take(self, sender: str) -> None:
        """Raises Crowded."""
        with self._lock:
            queue = self._queues.get(sender)
            if queue is None:
                queue = self._queues[sender] = _Queue(threading.Semaphore(self._share))
            elif queue.requests >= self._share:
                self._join(queue)
            queue.requests += 1
        queue.turns.acquire()

    def _join(self, queue: _Queue) -> None:
        """Counts one more that waits. Raises Crowded."""
        ahead = queue.requests - self._share
        if self._waiting >= self._most_waiting or ahead >= self._most_waiting // 2:
            raise Crowded
        self._waiting += 1

    def give_back(self, sender: str) -> None:
        with self._lock:
            queue = self._queues[sender]
            if queue.requests > self._share:
                self._waiting -= 1
            queue.requests -= 1
            if not queue.requests:
                del self._queues[sender]
        queue.turns.release()


def refused(
    environ: dict[str, Any], start_response: Any, words: str, *replaces: Any
) -> list[bytes]:
    """503, without Django: there may be very many. `replaces`: sys.exc_info(), if another answer
    was begun."""
    if is_api(environ["PATH_INFO"]):
        kind, content = "application/json", json.dumps({"error": words, "code": "busy"})
    else:
        kind, content = "text/plain; charset=utf-8", words
    headers = [("Content-Type", kind), ("Retry-After", str(RETRY_SECONDS))]
    headers.append(("Cache-Control", "private, no-store"))
    start_response("503 Service Unavailable", headers, *replaces)
    return [content.encode()]


def _connection() -> BaseDatabaseWrapper:
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    connection.inc_thread_sharing()  # used by one thread at a time
    return connection


def _content(answer: Any) -> bytes:
    try:
        return b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


class Streamed:
    """A streamed response, which occupies something until it is closed or dropped."""

    def __init__(self, answer: Any, leave: Callable[[], None]) -> None:
        self._answer, self._leave = answer, leave
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            try:
                self._answer.close()
            finally:
                self._leave()

    __del__ = close
