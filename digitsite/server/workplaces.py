"""A WSGI wrapper that lets only so many requests be worked on at once.

The server has a thread for every connection, so that clients who are slow to send hold none that
others need. Requests that have arrived share a few places; each has a database connection that
stays open, which the threads would otherwise have each.
"""

from collections.abc import Callable, Iterable, Iterator
from queue import LifoQueue
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Application = Callable[..., Iterable[bytes]]
# The most recently used is taken first: its connection is most likely open.
Places = LifoQueue[BaseDatabaseWrapper]


class Workplaces:
    """Limits the requests that an application handles at once to `count`."""

    def __init__(self, application: Application, *, count: int) -> None:
        self._application = application
        self._places = Places()
        for _ in range(count):
            self._places.put(_connection())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        place = self._places.get()
        connections[DEFAULT_DB_ALIAS] = place
        streams = False
        try:
            answer = self._application(environ, start_response)
            streams = getattr(answer, "streaming", False)
            return _Streamed(answer, place, self._places) if streams else [_content(answer)]
        finally:
            if not streams:
                self._places.put(place)


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
    """A streamed response, which occupies a place until it is closed or dropped."""

    def __init__(self, answer: Any, place: BaseDatabaseWrapper, places: Places) -> None:
        self._answer, self._place, self._places = answer, place, places
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            try:
                self._answer.close()
            finally:
                self._places.put(self._place)

    __del__ = close
