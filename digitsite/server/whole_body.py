"""A WSGI wrapper that reads a body, chunked ones too, before the application is asked: Django reads
chunked ones as empty, and whoever is slow to send should wait for nothing but themselves."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

log = logging.getLogger(__name__)

Application = Callable[..., Iterable[bytes]]
PART = 65_536
# More of a body goes into a file: hundreds may arrive at once.
IN_MEMORY = 65_536
# A body that is refused is read and forgotten, unless it is longer than this: a client that still
# sends would not see the answer.
FORGOTTEN = 10_000_000
CUT_OFF = b"The request ended before its body did."
# The keys in the environ of a request whose body was left unread: because of its length, with the
# bytes that it may have; or because there was no room for it.
TOO_LONG, NO_ROOM = "digitsite.too_long", "digitsite.no_room"


class Full(Exception):
    """There is no room for more."""


class Room:
    """A number of bytes that bodies share."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        """Raises Full."""
        with self._lock:
            if count > self._left:
                raise Full
            self._left -= count

    def give_back(self, count: int) -> None:
        with self._lock:
            self._left += count


class Body:
    """A body that arrives: what is more than IN_MEMORY of it takes room, until it is closed.

    One whose length is known takes it at once: who was let in will not be refused half-way.
    """

    def __init__(self, room: Room, folder: Path) -> None:
        # A `with` closes this object, and it the file
        self.file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY, dir=str(folder))  # noqa: SIM115
        self._room = room
        self._taken = 0

    def copy(self, stream: IO[bytes], most: int, *, is_length: bool) -> int:
        """How many of at most `most` bytes there were; which is the length that was said, if any
        was. Raises Full, for a full disk too."""
        size = 0
        self._make_room(most if is_length else 0)
        while size < most and (part := stream.read(min(PART, most - size))):
            size += len(part)
            self._make_room(size)
            self._write(part)
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
        missing = size - IN_MEMORY - self._taken
        if missing > 0:
            self._room.take(missing)
            self._taken += missing

    def __enter__(self) -> "Body":
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):  # what did not fit on the disk, and is not needed
            self.file.close()
        self._room.give_back(self._taken)


class WholeBody:
    """A WSGI application that is given every body whole, and told its length.

    `most` says how many bytes a request's body may have. Of a longer one without a length the
    application is given these and one more, and of one with a length none: by the length it sees
    that the body is too long. All bodies together may take `together` bytes in files in `folder`.
    """

    def __init__(
        self,
        application: Application,
        *,
        most: Callable[[dict[str, Any]], int],
        together: int,
        folder: Path,
    ) -> None:
        self._application = application
        self._most = most
        self._room = Room(together)
        self._folder = folder

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not _has_body(environ):
            return self._application(environ, start_response)
        most, stream = self._most(environ), environ["wsgi.input"]
        with Body(self._room, self._folder) as body:
            try:
                length, read = _copied(environ, body, most)
            except Full:
                return self._refuse(environ, start_response)
            if read < length <= most:
                start_response("400 Bad Request", [("Content-Type", "text/plain")])
                return [CUT_OFF]
            environ |= {"CONTENT_LENGTH": str(length), "wsgi.input": body.file}
            if length > most:
                _forget(stream, length)
                environ[TOO_LONG] = most
            return self._application(environ, start_response)

    def _refuse(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Has the application answer a request for whose body there was no room."""
        _forget(environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0))
        with SpooledTemporaryFile() as empty:
            environ |= {NO_ROOM: True, "CONTENT_LENGTH": "0", "wsgi.input": empty}
            return self._application(environ, start_response)


def _has_body(environ: dict[str, Any]) -> bool:
    """Without wsgi.input_terminated nobody knows where a body without a length ends."""
    if said := environ.get("CONTENT_LENGTH"):
        return said != "0"
    return "HTTP_TRANSFER_ENCODING" in environ and bool(environ.get("wsgi.input_terminated"))


def _copied(environ: dict[str, Any], body: Body, most: int) -> tuple[int, int]:
    """The length that a body has, or of which it is read, and how much of it was read."""
    stream, said = environ["wsgi.input"], environ.get("CONTENT_LENGTH")
    if not said:
        read = body.copy(stream, most + 1, is_length=False)
        return read, read
    length = int(said)
    return length, body.copy(stream, length if length <= most else 0, is_length=True)


def _forget(stream: IO[bytes], length: int) -> None:
    left = FORGOTTEN if length <= FORGOTTEN else 0
    while left > 0 and (part := stream.read(PART)):
        left -= len(part)
