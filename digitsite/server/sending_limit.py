"""A WSGI wrapper that limits how many bytes of answers are in memory while they are sent.

An answer stays there until its client has read it, for as long as the client likes. Hundreds may
read pictures of megabytes each.
"""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from digitsite.server.concurrency_limit import Application, Streamed, refused
from digitsite.server.room import Full, Holding, Room
from digitsite.server.whole_body import LARGE

# The server asks for the next part once its client has taken most of the last one.
PART = 65_536
FULL = "Too much is being sent to your network, or by the site. Try again in a few seconds."


class SendingLimit:
    """Refuses an answer of more than PART bytes with 503 while `share` bytes of such are being sent
    to the same client. Where `together` are, the room is taken from the client that has most, whose
    oldest answer is broken off. `sender` returns whose a request is. Streamed answers are passed
    on."""

    def __init__(
        self,
        application: Application,
        *,
        together: int,
        share: int,
        sender: Callable[[dict[str, Any]], str],
    ) -> None:
        self._application = application
        self._sender = sender
        self._room = Room(together, share=share)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        size = sum(map(len, answer)) if isinstance(answer, list) else 0
        if size >= LARGE:
            gc.collect()  # Django's response, a cycle like its request, keeps the answer too
        if size <= PART:
            return answer
        sending = Sending(b"".join(answer))
        holding = Holding(self._sender(environ), lose=sending.stop)
        try:
            self._room.take(holding, size)
        except Full:
            return refused(environ, start_response, FULL, sys.exc_info())
        return Streamed(sending, lambda: self._room.give_back(holding))


class Sending:
    """The parts of an answer. Once it is stopped there are no more: the server then closes the
    connection, since fewer bytes came than Content-Length says."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._starts = range(0, len(content), PART)

    def __iter__(self) -> Iterator[bytes]:
        for start in self._starts:
            if not (part := self._content[start : start + PART]):
                return
            yield part

    def stop(self) -> None:
        self._content = b""

    def close(self) -> None:
        """Nothing is open."""
