"""A WSGI wrapper that marks requests to refuse: text in another encoding than UTF-8, and NUL.

Django reads the body, and the address too, by whatever codec of Python's Content-Type names, and
the parameters of a header by those that they name themselves (RFC 2231: `name*=codec''text`). Some
take time by the square of the length; others give no text, and end in an error. So does NUL, which
PostgreSQL refuses, in an address or, by an escape sequence, in a cookie.

Nor are very many escape sequences read: before 3.11.10 and 3.12.6, Python's http.cookies takes time
by the square of their number, half a minute for 80 kB of them (CVE-2024-7592).
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

Application = Callable[..., Iterable[bytes]]
# ASCII is UTF-8.
TAKEN = {"utf-8", "utf8", "us-ascii"}
# The headers whose parameters Django and DRF parse, and the most characters of each.
HEADERS, LONGEST_HEADER = ("CONTENT_TYPE", "HTTP_ACCEPT"), 1_000
_NAMES_A_CODEC = re.compile(r"\*\s*=")
NUL, NUL_IN_COOKIE = "\0", r"\000"
MOST_BACKSLASHES = 500
# Keys in the environ of a request whose text is in another encoding, or that has an unreadable
# header or a NUL.
OTHER_TEXT, BAD_HEADER = "digitsite.other_text", "digitsite.bad_header"


class OnlyUtf8:
    """Marks a request whose text is in another encoding, and hides the encoding from the
    application. Marks a request with unreadable headers or a NUL, and removes them."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        for name in HEADERS:
            if not _is_read(environ.get(name, "")):
                environ |= {name: "", BAD_HEADER: True}
        if NUL in environ["PATH_INFO"]:
            environ |= {"PATH_INFO": environ["PATH_INFO"].replace(NUL, ""), BAD_HEADER: True}
        cookies = environ.get("HTTP_COOKIE", "")
        if NUL_IN_COOKIE in cookies or cookies.count("\\") > MOST_BACKSLASHES:
            environ |= {"HTTP_COOKIE": "", BAD_HEADER: True}
        kind, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        if parameters.get("charset", "utf-8").lower() not in TAKEN:
            environ |= {"CONTENT_TYPE": kind, OTHER_TEXT: True}
        return self._application(environ, start_response)


def _is_read(header: str) -> bool:
    return len(header) <= LONGEST_HEADER and not _NAMES_A_CODEC.search(header)
