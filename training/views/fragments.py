"""Pieces of pages, which the site's scripts ask for by a header and put in their place."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

HEADER = "X-Fragment"


def is_asked_for(request: HttpRequest) -> bool:
    """Whether a fragment is asked for, rather than the page of this address."""
    return HEADER in request.headers


def varying(response: HttpResponse) -> HttpResponse:
    """Keeps caches from giving the one for the other."""
    patch_vary_headers(response, [HEADER, "Cookie"])
    return response
