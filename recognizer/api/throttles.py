"""Rate limits, per user or, where nobody is signed in, per address."""

import time
from typing import Any

from django.core.cache import cache
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle


def _parsed(rate: tuple[int | None, int | None]) -> tuple[int, int]:
    requests, seconds = rate
    assert requests is not None and seconds is not None, "every scope has a rate"
    return requests, seconds


class WindowThrottle(SimpleRateThrottle):
    """Counts requests in fixed windows: one number in the cache, where DRF's own throttles keep
    a list of every request's time, which at 50 requests a second costs more than an answer.

    A view names its rate with `throttle_scope`. Without a cache nobody is refused.
    """

    def __init__(self) -> None:
        """The rate is known once the view is."""

    def allow_request(self, request: Any, view: Any) -> bool:
        self.scope = getattr(view, "throttle_scope", "default")
        self.most, self.window = _parsed(
            self.parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]))
        )
        now = time.time()
        self.until = (now // self.window + 1) * self.window
        return self._count(request, view, now) <= self.most

    def _count(self, request: Any, view: Any, now: float) -> int:
        key = f"{self.get_cache_key(request, view)}:{int(now // self.window)}"
        cache.add(key, 0, self.window)
        try:
            return cache.incr(key) or 0
        except ValueError:  # the window ended between the two
            return 1

    def get_cache_key(self, request: Any, view: Any) -> str:
        user = request.user
        ident = f"user-{user.pk}" if user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def wait(self) -> float:
        return max(self.until - time.time(), 0)
