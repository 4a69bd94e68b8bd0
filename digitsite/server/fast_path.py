"""The fast path: a request that repeats the head of an admitted one is answered without Django.

Whose session or token it is, what it may do, the CSRF token, the host, the format of the answer:
Django, its middleware and DRF decide all of it by the head of a request. A page that asks for
answers while somebody draws sends the same head every time. So what was decided is remembered for
a few seconds, and all that is left is to read the body and to answer.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from io import BytesIO
from typing import Any

from digitsite.remembered import Remembered

Application = Callable[..., Iterable[bytes]]
# From a body to the content of a 200; None if Django is to answer.
Answer = Callable[[bytes], bytes | None]

SECONDS = 5.0
MOST = 1_000
KEY = "digitsite.admission"
# The parts of a request that matter besides the HTTP headers.
_DECIDE = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "REMOTE_ADDR")


@dataclass(frozen=True)
class Admission:
    """Admits requests with the same head, until `ends` if that comes first."""

    answer: Answer
    ends: datetime | None = None


def admit(environ: dict[str, Any], admission: Admission) -> None:
    """Called by a view that answers this request with 200."""
    environ[KEY] = admission


@dataclass(frozen=True)
class _Admitted:
    answer: Answer
    headers: list[tuple[str, str]]


class FastPath:
    """A WSGI application in front of Django's, at one path.

    `state` returns another value when decisions may have to be made again. `most`: longer bodies,
    in bytes, are left to Django.
    """

    def __init__(
        self, application: Application, *, path: str, most: int, state: Callable[[], bytes]
    ) -> None:
        self._application = application
        self._path = path
        self._most = most
        self._state = state
        self._known: Remembered[_Admitted] = Remembered()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != self._path:
            return self._application(environ, start_response)
        head, state = _head(environ), self._state()
        known = self._known.get(head, state)
        if known is None:
            return self._ask(environ, start_response, head, state)
        content = self._answer(environ, known)
        if content is None:
            return self._application(environ, start_response)
        start_response("200 OK", [*known.headers, ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, environ: dict[str, Any], known: _Admitted) -> bytes | None:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > self._most:
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(body)
        return known.answer(body)

    def _ask(
        self, environ: dict[str, Any], start_response: Any, head: bytes, state: bytes
    ) -> Iterable[bytes]:
        """Calls Django, and remembers the request if a view admits it."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            admission = environ.get(KEY)
            sets_a_cookie = any(name == "Set-Cookie" for name, _ in headers)
            if admission is not None and status.startswith("200 ") and not sets_a_cookie:
                self._remember(head, admission, headers, state)
            return start_response(status, headers, *rest)

        return self._application(environ, start)

    def _remember(
        self, head: bytes, admission: Admission, headers: list[tuple[str, str]], state: bytes
    ) -> None:
        until = time.time() + SECONDS
        if admission.ends is not None:
            until = min(until, admission.ends.timestamp())
        same = [(name, value) for name, value in headers if name != "Content-Length"]
        known = _Admitted(admission.answer, same)
        self._known.put(head, known, state=state, until=until, most=MOST)


def _head(environ: dict[str, Any]) -> bytes:
    """A digest: heads contain credentials, and may be long."""
    headers = [f"{name}:{value}" for name, value in environ.items() if name[:5] == "HTTP_"]
    decide = [environ.get(name, "") for name in _DECIDE]
    return blake2b("\0".join([*decide, *headers]).encode("latin-1", "replace")).digest()
