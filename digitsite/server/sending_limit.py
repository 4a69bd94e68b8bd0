"""A WSGI wrapper that limits how many bytes of answers are in memory while they are sent.

An answer stays there until its client has read it, for as long as the client likes. Hundreds may
read pictures of megabytes each.
"""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from digitsite.server.concurrency_limit import Application, Streamed, refused
from digitsite.server.whole_body import LARGE, Full, Room

# The server asks for the next part once its client has taken most of the last one.
PART = 65_536
FULL = "Too much is being sent to your network, or by the site. Try again in a few seconds."


class SendingLimit:
    """Refuses answers of more than PART bytes with 503 while `together` bytes of them are being
    sent, or `share` to the same client. `sender` returns whose a request is. Streamed answers are
    passed on."""

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
        sender = self._sender(environ)
        try:
            self._room.take(sender, size)
        except Full:
            return refused(environ, start_response, FULL, sys.exc_info())
        return Streamed(_parts(b"".join(answer)), partial(self._room.give_back, sender, size))


def _parts(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PART):
        yield content[start : start + PART]
