"""Errors that no view caught: a page for people, JSON for programs."""

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

# Django's own message names settings, which mean nothing to who sent the request.
UNREADABLE = "The request cannot be read: it is malformed, or has too many fields or files."
TOO_LARGE = "The request is too large."

BUSY = "Too many people sign in at this moment. Try again in a few seconds."
RETRY_SECONDS = 5


class Busy(Exception):
    """More is asked for than can be done at once: nothing was done, and may be asked for again."""


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what Django refuses before a view has it, as too many form fields; or our own words.

    413 for a form that is too large.
    """
    if isinstance(exception, RequestDataTooBig):
        return _refused(request, 413, TOO_LARGE, "too_large")
    said = str(exception) if isinstance(exception, BadRequest) else UNREADABLE
    return _refused(request, 400, said, "bad_request")


def _refused(request: HttpRequest, status: int, words: str, code: str) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"error": words, "code": code}, status=status)
    return render(request, "400.html", {"said": words}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if _is_api(request):
        return JsonResponse({"error": "There is nothing here.", "code": "not_found"}, status=404)
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500. Renders without a database or a session: they may be what broke."""
    if _is_api(request):
        return JsonResponse({"error": "The site has a fault.", "code": "error"}, status=500)
    return render(None, "500.html", status=500)


def busy(request: HttpRequest) -> HttpResponse:
    """503, for Busy."""
    response: HttpResponse
    if _is_api(request):
        response = JsonResponse({"error": BUSY, "code": "busy"}, status=503)
    else:
        response = render(request, "503.html", {"words": BUSY}, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
