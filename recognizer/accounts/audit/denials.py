"""Middleware that logs what signed-in people were denied."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.views import View

from recognizer.accounts.audit.log import Kind, record_once_in, signed_in_user

# The same denial of the same person is recorded only once in this time.
DENIED_ONCE_IN = dt.timedelta(minutes=1)


def note_denials(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: records each 403 of a signed-in user."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 403 and signed_in_user(request):
            # Of an account that was deleted meanwhile, nothing can be recorded.
            with suppress(IntegrityError), transaction.atomic():
                _denied(request)
        return response

    return respond


def _denied(request: HttpRequest) -> None:
    # The route, not the address: the address may identify a person.
    route = request.resolver_match.route if request.resolver_match else ""
    # Otherwise invented methods would fill the log.
    known = str(request.method).lower() in View.http_method_names
    about = f"{request.method if known else 'another method'} /{route}"
    record_once_in(DENIED_ONCE_IN, Kind.DENIED, about=about)
