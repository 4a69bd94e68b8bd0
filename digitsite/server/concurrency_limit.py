"""A WSGI wrapper that limits how many requests are handled at once.

The server has a thread for every connection, so that clients who are slow to send hold none that
others need. Requests that have arrived share a few slots; each has a database connection that
stays open, which the threads would otherwise have each.
"""

from collections.abc import Callable, Iterable, Iterator
from queue import LifoQueue
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Application = Callable[..., Iterable[bytes]]
# The most recently used is taken first: its connection is most likely open.
Slots = LifoQueue[BaseDatabaseWrapper]


class ConcurrencyLimit:
    """Limits the requests that an application handles at once to `count`."""

    def __init__(self, application: Application, *, count: int) -> None:
        self._application = application
        self._slots = Slots()
        for _ in range(count):
            self._slots.put(_connection())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        slot = self._slots.get()
        connections[DEFAULT_DB_ALIAS] = slot
        streams = False
        try:
            answer = self._application(environ, start_response)
            streams = getattr(answer, "streaming", False)
            return _Streamed(answer, slot, self._slots) if streams else [_content(answer)]
        finally:
            if not streams:
                self._slots.put(slot)


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

    def __init__(self, answer: Any, slot: BaseDatabaseWrapper, slots: Slots) -> None:
        self._answer, self._slot, self._slots = answer, slot, slots
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            try:
                self._answer.close()
            finally:
                self._slots.put(self._slot)

    __del__ = close
