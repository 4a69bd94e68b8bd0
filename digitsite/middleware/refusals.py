"""Middleware: the errors for requests that the WSGI wrappers in digitsite/server/ have refused."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from digitsite import errors
from digitsite.server import utf8, whole_body

NO_ROOM = "Too much is being sent from your network, or to the site. Try again in a few seconds."


def refuse_unread(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: refuses requests that the server has marked. 400 for an unreadable header or a
    NUL; 415 for text that is not UTF-8; 408 or 400 for a body that was too slow or incomplete; 503
    if there was no room for it; 413 if it is too long, unless its address takes none: then
    something else is wrong with the request."""

    def respond(request: HttpRequest) -> HttpResponse:
        if utf8.BAD_HEADER in request.META:
            return errors.bad_header(request)
        if utf8.OTHER_TEXT in request.META:
            return errors.no_text(request)
        if whole_body.TOO_SLOW in request.META:
            return errors.too_slow(request)
        if whole_body.CUT_OFF in request.META:
            return errors.cut_off(request)
        if whole_body.NO_ROOM in request.META:
            return errors.busy(request, errors.Busy(NO_ROOM))
        if most := request.META.get(whole_body.TOO_LONG):
            return errors.too_large(request, most)
        return get_response(request)

    return respond
