"""A WSGI wrapper that lets through no text in another encoding than UTF-8.

Django reads the body, and the address too, by whatever codec of Python's Content-Type names. Some
take time by the square of the length; others give no text, and end in an error.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

Application = Callable[..., Iterable[bytes]]
# ASCII is UTF-8.
TAKEN = {"utf-8", "utf8", "us-ascii"}
# The key in the environ of a request that named another one.
OTHER_TEXT = "digitsite.other_text"


class OnlyUtf8:
    """Marks a request whose text is in another encoding, and tells the application of none."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        kind, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        if parameters.get("charset", "utf-8").lower() not in TAKEN:
            environ |= {"CONTENT_TYPE": kind, OTHER_TEXT: True}
        return self._application(environ, start_response)
