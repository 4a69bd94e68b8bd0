"""A WSGI wrapper that limits how many requests are handled at once.

The server has a thread for every connection, so that clients who are slow to send hold none that
others need. Requests that have arrived share a few slots; each has a database connection that
stays open, which the threads would otherwise have each. One sender never has all slots: however
much somebody asks for at once, others find one.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import LifoQueue
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Application = Callable[..., Iterable[bytes]]
# The most recently used is taken first: its connection is most likely open.
Slots = LifoQueue[BaseDatabaseWrapper]


class ConcurrencyLimit:
    """Limits the requests that an application handles at once to `count`, and those of one sender
    to `share`. `sender` returns whose a request is."""

    def __init__(
        self,
        application: Application,
        *,
        count: int,
        share: int,
        sender: Callable[[dict[str, Any]], str],
    ) -> None:
        self._application = application
        self._sender = sender
        self._turns = _Turns(share)
        self._slots = Slots()
        for _ in range(count):
            self._slots.put(_connection())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        sender = self._sender(environ)
        self._turns.take(sender)
        slot = self._slots.get()
        connections[DEFAULT_DB_ALIAS] = slot

        def leave() -> None:
            self._slots.put(slot)
            self._turns.give_back(sender)

        streams = False
        try:
            answer = self._application(environ, start_response)
            streams = getattr(answer, "streaming", False)
            return _Streamed(answer, leave) if streams else [_content(answer)]
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

    def __init__(self, share: int) -> None:
        self._share = share
        self._lock = threading.Lock()
        self._queues: dict[str, _Queue] = {}

    def take(self, sender: str) -> None:
        with self._lock:
            queue = self._queues.get(sender)
            if queue is None:
                queue = self._queues[sender] = _Queue(threading.Semaphore(self._share))
            queue.requests += 1
        queue.turns.acquire()

    def give_back(self, sender: str) -> None:
        with self._lock:
            queue = self._queues[sender]
            queue.requests -= 1
            if not queue.requests:
                del self._queues[sender]
        queue.turns.release()


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


class _Streamed:
    """A streamed response, which occupies a slot until it is closed or dropped."""

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
