"""A WSGI wrapper that limits how many requests are handled at once.

The server has a thread for every connection, so that clients who are slow to send hold none that
others need. Requests that have arrived share a few slots; each has a database connection that
stays open, which the threads would otherwise have each. One sender never has all slots, and many
senders take turns: however much somebody asks for at once, others find one.

A request whose client has gone away waits on like any other, and keeps its thread. So only so many
wait, and further ones are refused: otherwise a sender who asks and goes, again and again, would
soon have all threads.
"""

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from digitsite.server import senders
from digitsite.server.api_paths import is_api

Application = Callable[..., Iterable[bytes]]
# A request that is handled has a slot: a database connection of its own.
Slot = BaseDatabaseWrapper
CROWDED = "Too many requests from your network are waiting. Try again in a few seconds."
RETRY_SECONDS = 5


class Crowded(Exception):
    """As many requests wait as may."""


class ConcurrencyLimit:
    """Limits the requests that an application handles at once to `count`, and those of one sender
    to `share`. Of what waits, `waiting` requests may be beyond their senders' shares, half of them
    of one sender; those beyond are answered with 503. `sender` returns whose a request is."""

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
        self._slots = _Slots([_connection() for _ in range(count)], share, waiting)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        sender = self._sender(environ)
        try:
            slot = self._slots.take(sender)
        except Crowded:
            return refused(environ, start_response, CROWDED)
        connections[DEFAULT_DB_ALIAS] = slot

        def leave() -> None:
            self._slots.give_back(sender, slot)

        senders.note(sender)
        streams = False
        try:
            answer = self._application(environ, start_response)
            streams = getattr(answer, "streaming", False)
            return Streamed(answer, leave) if streams else [_content(answer)]
        finally:
            if not streams:
                leave()


class _Slots:
    """Gives each sender at most `share` slots at a time. The next free one goes to the sender that
    has fewest, in turn, so that whoever asks for little does not wait behind those who ask for
    much (fair queueing: J. Nagle, RFC 970)."""

    def __init__(self, slots: list[Slot], share: int, most_waiting: int) -> None:
        # The most recently used is taken first: its connection is most likely open.
        self._free = slots
        self._share = share
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()
        # The requests that wait, by sender; the sender comes first whose turn was the longest ago.
        self._queues: dict[str, deque[SimpleQueue[Slot]]] = {}

    def take(self, sender: str) -> Slot:
        """Waits for a slot. Raises Crowded."""
        request = SimpleQueue[Slot]()
        with self._lock:
            if self._is_crowded(sender):
                raise Crowded
            self._queues.setdefault(sender, deque()).append(request)
            self._hand_out()
        return request.get()

    def give_back(self, sender: str, slot: Slot) -> None:
        with self._lock:
            self._taken -= Counter([sender])  # which drops those who have none
            self._free.append(slot)
            self._hand_out()

    def _is_crowded(self, sender: str) -> bool:
        """Whether the sender has its share, and too many wait beyond theirs."""
        ahead = self._beyond(sender)
        if ahead < 0:
            return False
        waiting = sum(max(self._beyond(one), 0) for one in self._queues)
        return waiting >= self._most_waiting or ahead >= self._most_waiting // 2

    def _beyond(self, sender: str) -> int:
        """How many requests a sender has beyond its share; negative if there are fewer."""
        return self._taken[sender] + len(self._queues.get(sender, ())) - self._share

    def _hand_out(self) -> None:
        while self._free and (sender := self._next()) is not None:
            queue = self._queues.pop(sender)
            queue.popleft().put(self._free.pop())
            self._taken[sender] += 1
            if queue:
                self._queues[sender] = queue

    def _next(self) -> str | None:
        """Whose turn it is."""
        entitled = (one for one in self._queues if self._taken[one] < self._share)
        return min(entitled, key=self._taken.__getitem__, default=None)


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
