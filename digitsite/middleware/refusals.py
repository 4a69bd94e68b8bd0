"""Middleware that answers requests whose bodies the web server left unread."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from digitsite import errors
from digitsite.server import whole_body

NO_ROOM = "Too many files are being sent to the site now. Try again in a few seconds."


def refuse_unread(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """503 where there was no room; 413 for one that is too long, unless its address takes none:
    what is wrong with the request is then something else."""

    def respond(request: HttpRequest) -> HttpResponse:
        if whole_body.NO_ROOM in request.META:
            return errors.busy(request, errors.Busy(NO_ROOM))
        if most := request.META.get(whole_body.TOO_LONG):
            return errors.too_large(request, most)
        return get_response(request)

    return respond
