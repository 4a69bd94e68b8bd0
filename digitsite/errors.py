"""Errors that no view caught: a page for people, JSON for programs."""

import sys

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from digitsite.server.api_paths import is_api
from digitsite.server.form_parts import MOST_PARTS
from digitsite.server.utf8 import LONGEST_HEADER, MOST_BACKSLASHES

# Django's own message names settings, which mean nothing to the sender.
UNREADABLE = "The request cannot be read: it is malformed, or has too many fields or files."
TOO_LARGE = "The request is too large."
BAD_HEADER = (
    f"A Content-Type or an Accept header may have at most {LONGEST_HEADER:,} characters, and no "
    "parameter whose name ends with an asterisk; an address and a cookie hold no NUL, and cookies "
    f"have at most {MOST_BACKSLASHES} backslashes."
)

NO_STORAGE = (
    "The site’s database cannot be reached at the moment, or has no room: nothing was saved. "
    "Try again soon."
)
RETRY_SECONDS = 5


class Busy(Exception):
    """Too much is requested at once: nothing was done, and the request may be repeated. The message
    is one sentence for the sender; `retry_seconds` says when to repeat."""

    def __init__(self, words: str, *, retry_seconds: int = RETRY_SECONDS) -> None:
        super().__init__(words)
        self.retry_seconds = retry_seconds


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for a request that Django refuses before any view, such as one with too many form fields;
    or with the given message. 413 for a form that is too large."""
    if isinstance(exception, RequestDataTooBig):
        return _refused(request, 413, TOO_LARGE, "too_large")
    said = str(exception) if isinstance(exception, BadRequest) else UNREADABLE
    return _refused(request, 400, said, "bad_request")


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    """413 for a body longer than `most` bytes."""
    words = f"The body is too large: at most {most:,} bytes are read."
    return _refused(request, 413, words, "too_large")


def bad_header(request: HttpRequest) -> HttpResponse:
    """400 for a Content-Type or Accept header that cannot be parsed, cookies that take too long to
    parse, or a NUL."""
    return _refused(request, 400, BAD_HEADER, "bad_request")


def too_many_parts(request: HttpRequest) -> HttpResponse:
    """400 for a form of very many parts."""
    words = f"The form has too many parts: at most {MOST_PARTS:,} are read."
    return _refused(request, 400, words, "bad_request")


def too_slow(request: HttpRequest) -> HttpResponse:
    """408 for a body that would take too long to arrive."""
    return _refused(request, 408, "The body arrives too slowly.", "too_slow")


def cut_off(request: HttpRequest) -> HttpResponse:
    """400 for a body shorter than its Content-Length."""
    return _refused(request, 400, "The request ended before its body did.", "bad_request")


def no_text(request: HttpRequest) -> HttpResponse:
    """415 for text in another encoding."""
    return _refused(request, 415, "Send text in UTF-8.", "unsupported_media_type")


def _refused(request: HttpRequest, status: int, words: str, code: str) -> HttpResponse:
    if is_api(request.path):
        return JsonResponse({"error": words, "code": code}, status=status)
    return render(request, "400.html", {"said": words}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if is_api(request.path):
        return JsonResponse({"error": "There is nothing here.", "code": "not_found"}, status=404)
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500; 503 if the database does not answer or accepts no writes, as on a full disk. Renders
    without database or session: they may be what failed."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return _unavailable(request, NO_STORAGE, "no_storage")
    if is_api(request.path):
        return JsonResponse(
            {"error": "Something went wrong on the site.", "code": "error"}, status=500
        )
    return render(None, "500.html", status=500)


def busy(request: HttpRequest, error: Busy) -> HttpResponse:
    """503."""
    return _unavailable(request, str(error), "busy", retry_seconds=error.retry_seconds)


def _unavailable(
    request: HttpRequest, words: str, code: str, *, retry_seconds: int = RETRY_SECONDS
) -> HttpResponse:
    response: HttpResponse
    if is_api(request.path):
        response = JsonResponse({"error": words, "code": code}, status=503)
    else:
        response = render(None, "503.html", {"words": words}, status=503)
    response["Retry-After"] = str(retry_seconds)
    return response
