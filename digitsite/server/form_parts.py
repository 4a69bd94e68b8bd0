"""A WSGI wrapper that marks forms of very many parts, which are refused.

Django limits how many fields and files a form has, but does not count the parts without a name, and
takes time for each: twelve seconds for a body of 10 MB.
"""

from collections.abc import Callable, Iterable
from typing import IO, Any

from django.utils.http import parse_header_parameters

Application = Callable[..., Iterable[bytes]]
# As many fields as Django takes, and a few files.
MOST_PARTS = 1_100
READ_AT_ONCE = 65_536
# The key in the environ of a request whose form has more.
TOO_MANY = "digitsite.too_many_parts"


class FewParts:
    """Marks a request whose body is a form of more than MOST_PARTS parts. Expects a body that can
    be read again (whole_body.py) and a Content-Type that can be parsed quickly (utf8.py)."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        _, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        boundary = parameters.get("boundary")
        if boundary and environ.get("CONTENT_LENGTH") not in (None, "", "0"):
            body = environ["wsgi.input"]
            if _count(body, b"--" + boundary.encode()) > MOST_PARTS:
                environ[TOO_MANY] = True
            body.seek(0)
        return self._application(environ, start_response)


def _count(body: IO[bytes], word: bytes) -> int:
    """How often the body contains the word."""
    count, rest = 0, b""
    while part := body.read(READ_AT_ONCE):
        part = rest + part
        count += part.count(word)
        after = part.rpartition(word)[2]  # all of it where the word is not in it
        rest = after[-len(word) + 1 :]
    return count
