"""The most bytes that the body of a request may have, by its address: none is stored that the
address would not read."""

from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from digitsite.server.api_paths import is_api

BODYLESS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class BodyLimits:
    """Asked for the limit of a request, by its WSGI environ.

    `files`: the limits at the addresses, by their names, that take more than JSON or a form.
    `open_to_all`: which of them take it from whoever does not say who they are.
    """

    def __init__(self, files: Mapping[str, int], *, open_to_all: Collection[str]) -> None:
        self._files = {reverse(name): most for name, most in files.items()}
        self._open_to_all = {reverse(name) for name in open_to_all}

    def __call__(self, environ: dict[str, Any]) -> int:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method in BODYLESS:
            return 0
        if method == "POST" and path in self._open_to_all:
            return self._files[path]
        is_file = method == "POST" and path in self._files
        if (is_file or is_api(path)) and not _names_somebody(environ):
            return 0  # it gets 401 or 403 whatever its body
        return self._files[path] if is_file else _without_files(method, path)


def _without_files(method: str, path: str) -> int:
    """The limit at an address that takes no files; 0 if the address takes no body."""
    try:
        match = resolve(path)
    except Resolver404:
        return 0
    if not is_api(path):
        return settings.PAGE_BODY_BYTES
    return settings.STROKES_BODY_BYTES if _reads_body(match, method) else 0


def _reads_body(match: ResolverMatch, method: str) -> bool:
    """Whether the operation declares a body with `takes` (recognizer/api/requests/schema.py)."""
    name = getattr(match.func, "actions", {}).get(method.lower(), method.lower())
    operation = getattr(getattr(match.func, "cls", None), name, None)
    return getattr(operation, "has_body", False)


def _names_somebody(environ: dict[str, Any]) -> bool:
    """Whether it has a token or session cookie. Django checks whether that is valid."""
    cookies = environ.get("HTTP_COOKIE", "")
    return "HTTP_AUTHORIZATION" in environ or f"{settings.SESSION_COOKIE_NAME}=" in cookies
