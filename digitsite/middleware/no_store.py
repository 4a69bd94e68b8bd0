"""Middleware: `Cache-Control: no-store` on what is private."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


def no_store(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: no response may be cached, pictures included, so that Back shows nothing private
    after signing out. Static files are served before it, and cached for ever."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return answer
