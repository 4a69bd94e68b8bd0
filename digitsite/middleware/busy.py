"""Middleware that turns Busy into a 503."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from digitsite import errors


class BusyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return errors.busy(request, error) if isinstance(error, errors.Busy) else None
