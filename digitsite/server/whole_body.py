"""A WSGI wrapper that reads a body, chunked ones too, before the application is asked: Django reads
chunked ones as empty, and whoever is slow to send should wait for nothing but themselves."""

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Application = Callable[..., Iterable[bytes]]
PART = 65_536
# More of a body goes into a file: hundreds may arrive at once.
IN_MEMORY = 262_144
CUT_OFF = b"The request ended before its body did."


class WholeBody:
    """A WSGI application that is given every body whole, and told its length.

    Of a body without a length it is given `most` bytes and one more, and of one with a longer
    length none: by the length it sees that the body is too long.
    """

    def __init__(self, application: Application, *, most: int) -> None:
        self._application = application
        self._most = most

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        said = environ.get("CONTENT_LENGTH")
        # Without wsgi.input_terminated nobody knows where a body without a length ends.
        if not said and not environ.get("wsgi.input_terminated"):
            return self._application(environ, start_response)
        length = int(said) if said else self._most + 1
        stream = environ["wsgi.input"]
        with SpooledTemporaryFile(IN_MEMORY) as body:
            read = _copy(stream, body, length if length <= self._most or not said else 0)
            if said and read < length <= self._most:
                start_response("400 Bad Request", [("Content-Type", "text/plain")])
                return [CUT_OFF]
            if read > self._most:
                _drain(stream, self._most)
            environ["CONTENT_LENGTH"] = said or str(read)
            environ["wsgi.input"] = body
            return self._application(environ, start_response)


def _drain(stream: IO[bytes], most: int) -> None:
    """Reads on for a while: a client that still sends when it is refused would not see why."""
    while most > 0 and (part := stream.read(PART)):
        most -= len(part)


def _copy(stream: IO[bytes], body: IO[bytes], length: int) -> int:
    """How many of at most `length` bytes there were."""
    left = length
    while left and (part := stream.read(min(PART, left))):
        body.write(part)
        left -= len(part)
    body.seek(0)
    return length - left
