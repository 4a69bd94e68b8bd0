"""Middleware that turns Busy into a 503."""

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from digitsite import errors


class BusyMiddleware(MiddlewareMixin):
    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return errors.busy(request, error) if isinstance(error, errors.Busy) else None
