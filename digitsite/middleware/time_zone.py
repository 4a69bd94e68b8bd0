"""Days and times are the reader's: by the time zone that the browser names in a cookie."""

import zoneinfo
from collections.abc import Callable
from functools import cache

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

COOKIE = "timezone"  # static/recognizer/js/shared/page.js sets it


def readers_time_zone(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: activates the reader's time zone; UTC if none, or an unknown one, is given."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        name = request.COOKIES.get(COOKIE, "")
        zone = zoneinfo.ZoneInfo(name) if name in _known() else timezone.get_default_timezone()
        with timezone.override(zone):
            return get_response(request)

    return answer


@cache
def _known() -> set[str]:
    return zoneinfo.available_timezones()
