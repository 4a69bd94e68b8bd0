"""Fragments of pages, which the site's scripts request by a header and insert."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

HEADER = "X-Fragment"


def is_asked_for(request: HttpRequest) -> bool:
    """Whether the request asks for a fragment rather than the whole page."""
    return HEADER in request.headers


def vary_on_fragment(response: HttpResponse) -> HttpResponse:
    """Marks the response so that caches keep pages and fragments apart."""
    patch_vary_headers(response, [HEADER, "Cookie"])
    return response
