"""A WSGI wrapper that reads a body, chunked ones too, before the application is asked: Django reads
chunked ones as empty, and whoever is slow to send should wait for nothing but themselves."""

import gc
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from digitsite.server.room import Full, Holding, Room

log = logging.getLogger(__name__)

Application = Callable[..., Iterable[bytes]]
# The server passes a part on once all of it has arrived: only then is its pace known.
PART = 8_192
# Longer bodies go into a file: hundreds may arrive at once.
IN_MEMORY = 65_536
# Django's requests are cycles, and the garbage collector counts objects, not bytes: unless it is
# called after a body of so many bytes, dozens of them stay in memory.
LARGE = 500_000
# A refused body is read and discarded, up to this length: a client that is still sending would not
# see the response.
FORGOTTEN = 10_000_000
# A body may take SECONDS, and one second more per BYTES_A_SECOND: otherwise a sender could hold its
# room and a thread for ever.
SECONDS, BYTES_A_SECOND = 30, 10_000
# Keys in the environ of a request whose body was not read: because it is too long, with the limit
# in bytes; because there was no room for it; because it came too slowly; or because it was
# incomplete.
TOO_LONG, NO_ROOM = "digitsite.too_long", "digitsite.no_room"
TOO_SLOW, CUT_OFF = "digitsite.too_slow", "digitsite.cut_off"


class TooSlow(Exception):
    """It would take too long to arrive."""


class Body:
    """An arriving body: its bytes beyond IN_MEMORY take room until it is closed."""

    def __init__(self, room: Room, sender: str, folder: Path) -> None:
        # `with` closes this object, and this object the file
        self.file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY, dir=str(folder))  # noqa: SIM115
        self._room = room
        self._holding = Holding(sender, lose=self._empty)

    def copy(self, stream: IO[bytes], most: int) -> int:
        """Copies at most `most` bytes, and returns how many there were. Raises TooSlow; and Full,
        also for a full disk."""
        started, size = time.monotonic(), 0
        while size < most and (part := stream.read(min(PART, most - size))):
            size += len(part)
            self._make_room(size)
            self._write(part)
            if time.monotonic() - started > SECONDS + size / BYTES_A_SECOND:
                raise TooSlow
        self._room.fix(self._holding)
        self.file.seek(0)
        return size

    def _write(self, part: bytes) -> None:
        try:
            self.file.write(part)
            self.file.flush()
        except OSError as error:
            log.warning("A body could not be stored: %s", error)
            raise Full from error

    def _make_room(self, size: int) -> None:
        missing = size - IN_MEMORY - self._holding.size
        if missing > 0:
            self._room.take(self._holding, missing)

    def _empty(self) -> None:
        """Called while the body may still be arriving, in another thread."""
        with suppress(OSError):
            self.file.truncate(0)

    def __enter__(self) -> "Body":
        return self

    def __exit__(self, *error: object) -> None:
        self._room.give_back(self._holding)  # before it is closed: it may be emptied until then
        with suppress(OSError):  # the part that did not fit on the disk, which is not needed
            self.file.close()


class WholeBody:
    """A WSGI application that passes on only complete bodies, with their length.

    `most` returns how many bytes a request's body may have, `sender` who sends it. A longer body is
    not passed on whole: without a length, the application gets these bytes and one more; with one
    it gets none, and sees from the length that the body is too long. All bodies together may use
    `together` bytes of files in `folder`, those of one sender `share`: see Room.
    """

    def __init__(
        self,
        application: Application,
        *,
        most: Callable[[dict[str, Any]], int],
        sender: Callable[[dict[str, Any]], str],
        together: int,
        share: int,
        folder: Path,
    ) -> None:
        self._application = application
        self._most = most
        self._sender = sender
        self._room = Room(together, share=share)
        self._folder = folder

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not _has_body(environ):
            return self._application(environ, start_response)
        try:
            return self._answer(environ, start_response)
        except Full:
            _forget(environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0))
            return self._refuse(environ, start_response, NO_ROOM)
        except TooSlow:
            return self._refuse(environ, start_response, TOO_SLOW)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        most, stream = self._most(environ), environ["wsgi.input"]
        with Body(self._room, self._sender(environ), self._folder) as body:
            length, read = _copied(environ, body, most)
            if read < length <= most:
                return self._refuse(environ, start_response, CUT_OFF)
            environ |= {"CONTENT_LENGTH": str(length), "wsgi.input": body.file}
            if length > most:
                _forget(stream, length)
                environ[TOO_LONG] = most
            answer = self._application(environ, start_response)
        if read >= LARGE:
            gc.collect()
        return answer

    def _refuse(self, environ: dict[str, Any], start_response: Any, why: str) -> Iterable[bytes]:
        """Lets the application answer a request without its body."""
        with SpooledTemporaryFile() as empty:
            environ |= {why: True, "CONTENT_LENGTH": "0", "wsgi.input": empty}
            return self._application(environ, start_response)


def _has_body(environ: dict[str, Any]) -> bool:
    """Without wsgi.input_terminated the end of a body without a length is unknown."""
    if said := environ.get("CONTENT_LENGTH"):
        return said != "0"
    return "HTTP_TRANSFER_ENCODING" in environ and bool(environ.get("wsgi.input_terminated"))


def _copied(environ: dict[str, Any], body: Body, most: int) -> tuple[int, int]:
    """The body's length, and how much of it was read."""
    stream, said = environ["wsgi.input"], environ.get("CONTENT_LENGTH")
    if not said:
        read = body.copy(stream, most + 1)
        return read, read
    length = int(said)
    return length, body.copy(stream, length if length <= most else 0)


def _forget(stream: IO[bytes], length: int) -> None:
    left, until = FORGOTTEN if length <= FORGOTTEN else 0, time.monotonic() + SECONDS
    while left > 0 and time.monotonic() < until and (part := stream.read(PART)):
        left -= len(part)
