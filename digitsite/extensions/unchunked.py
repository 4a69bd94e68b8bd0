"""A WSGI wrapper that reads chunked bodies, up to a limit: Django reads them as empty."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

Application = Callable[..., Iterable[bytes]]


class Unchunked:
    """A WSGI application that is told the length of every body.

    Of a body without a length it is given `most` bytes and one more, by which it sees that the body
    is too long.
    """

    def __init__(self, application: Application, *, most: int) -> None:
        self._application = application
        self._most = most

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # Without wsgi.input_terminated nobody knows where the body ends.
        if not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            body = self._read(environ["wsgi.input"])
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["wsgi.input"] = BytesIO(body)
        return self._application(environ, start_response)

    def _read(self, stream: Any) -> bytes:
        body = b""
        while part := stream.read(self._most + 1 - len(body)):
            body += part
        return body
