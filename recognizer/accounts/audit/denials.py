"""Middleware that logs what signed-in people were denied."""

import datetime as dt
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views import View

from recognizer.accounts.audit.log import Kind, asking, record
from recognizer.models import AuditEvent

# The same person is denied the same thing again and again: that is noted once in so long.
DENIED_ONCE_IN = dt.timedelta(minutes=1)


def note_denials(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware: notes each 403 that somebody who is signed in gets."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 403 and asking(request):
            _denied(request)
        return response

    return respond


def _denied(request: HttpRequest) -> None:
    # The route, not the address: that may say whose.
    route = request.resolver_match.route if request.resolver_match else ""
    # Whoever makes up methods would fill the log.
    known = str(request.method).lower() in View.http_method_names
    about = f"{request.method if known else 'another method'} /{route}"
    lately = AuditEvent.objects.filter(at__gt=timezone.now() - DENIED_ONCE_IN)
    if not lately.filter(kind=Kind.DENIED, by=asking(request), about=about).exists():
        record(Kind.DENIED, about=about)
