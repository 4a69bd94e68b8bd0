"""Middleware: the errors for requests that the WSGI wrappers in digitsite/server/ have refused."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from digitsite import errors
from digitsite.server import form_parts, utf8, whole_body

NO_ROOM = "Too much is being sent from your network, or to the site. Try again in a few seconds."
_REFUSALS = {
    utf8.BAD_HEADER: errors.bad_header,
    utf8.OTHER_TEXT: errors.no_text,
    form_parts.TOO_MANY: errors.too_many_parts,
    whole_body.TOO_SLOW: errors.too_slow,
    whole_body.CUT_OFF: errors.cut_off,
}


def refuse_unread(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: refuses requests that the server has marked. 400 for an unreadable header or a
    NUL, or a form of too many parts; 415 for text that is not UTF-8; 408 or 400 for a body that was
    too slow or incomplete; 503 if there was no room for it; 413 if it is too long, unless its
    address takes none: then something else is wrong with the request."""

    def respond(request: HttpRequest) -> HttpResponse:
        for mark, refusal in _REFUSALS.items():
            if mark in request.META:
                return refusal(request)
        if whole_body.NO_ROOM in request.META:
            return errors.busy(request, errors.Busy(NO_ROOM))
        if most := request.META.get(whole_body.TOO_LONG):
            return errors.too_large(request, most)
        return get_response(request)

    return respond
