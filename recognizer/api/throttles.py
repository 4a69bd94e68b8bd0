"""Rate limits, per user or, where nobody is signed in, per address."""

import time
from typing import Any

import redis
from django_redis import get_redis_connection
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

# After the broker failed nobody is counted for so many seconds: a live answer must not wait for a
# connection that is not to be had.
REST_SECONDS = 5


def _parsed(rate: tuple[int | None, int | None]) -> tuple[int, int]:
    requests, seconds = rate
    assert requests is not None and seconds is not None, "every scope has a rate"
    return requests, seconds


class WindowThrottle(SimpleRateThrottle):
    """Counts requests in fixed windows: one number on the broker's server, where DRF's own
    throttles keep a list of every request's time, which at 50 requests a second costs more than
    an answer.

    A view names its rate with `throttle_scope`. Without a broker nobody is refused.
    """

    _rests_until = 0.0

    def __init__(self) -> None:
        """The rate is known once the view is."""

    def allow_request(self, request: Any, view: Any) -> bool:
        self.scope = getattr(view, "throttle_scope", "default")
        most, window = _parsed(
            self.parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]))
        )
        number = int(time.time() // window)
        self.until = (number + 1) * window
        return self._count(f"{self.get_cache_key(request, view)}:{number}", window) <= most

    def _count(self, key: str, window: int) -> int:
        if time.monotonic() < WindowThrottle._rests_until:
            return 0
        try:
            with get_redis_connection().pipeline(transaction=False) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, window)
                return int(pipeline.execute()[0])
        except redis.RedisError:  # /health/ready tells of the broker
            WindowThrottle._rests_until = time.monotonic() + REST_SECONDS
            return 0

    def get_cache_key(self, request: Any, view: Any) -> str:
        user = request.user
        ident = f"user-{user.pk}" if user.is_authenticated else self.get_ident(request)
        return f"digitsite:throttle:{self.scope}:{ident}"

    def wait(self) -> float:
        return max(self.until - time.time(), 0)
