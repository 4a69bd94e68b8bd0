"""Rate limits, per user or, for those not signed in, per address."""

import threading
import time
from typing import Any, NamedTuple

import redis
from django.conf import settings
from django_redis import get_redis_connection
from rest_framework.exceptions import Throttled
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from digitsite.server.client_address import client_network

# A process asks the broker for this share of a rate at once, but never for more than so many.
BUNDLE_SHARE, LARGEST_BUNDLE = 0.01, 30
MOST_BUNDLES = 10_000


class ImageScope:
    """Stands for a view: images have a rate of their own beside the view's, as each takes up to
    seconds to decode, and up to megabytes to keep."""

    throttle_scope = "image"


class Bundles:
    """Requests that the broker has counted already, and this process may still let through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """One of what is left, if anything is."""
        with self._lock:
            left = self._left.get(key, 0)
            if left:
                self._left[key] = left - 1
            return left > 0

    def put(self, key: str, count: int) -> None:
        """Adds to what is left. Now and then all is forgotten, bundles of past windows too."""
        with self._lock:
            if len(self._left) >= MOST_BUNDLES:
                self._left.clear()
            self._left[key] = self._left.get(key, 0) + count


def _parsed(rate: tuple[int | None, int | None]) -> tuple[int, int]:
    requests, seconds = rate
    assert requests is not None and seconds is not None, "every scope has a rate"
    return requests, seconds


class Caller(NamedTuple):
    """Whose requests are counted together, and how many of them a window of seconds lets in."""

    ident: str
    most: int
    window: int


class WindowThrottle(SimpleRateThrottle):
    """Counts requests in fixed windows: one number on the broker's server, where DRF's own
    throttles keep a list of every request's time, which at 50 requests a second costs more than
    an answer.

    They are counted ahead, a bundle at a time, and the process lets these through without asking
    again. So nobody ever gets more than the rate; what other processes have left of their last
    bundle (1% of the rate) is lost to those who reach it.

    A view names its rate with `throttle_scope`. Without a broker nobody is refused.
    """

    _bundles = Bundles()

    def __init__(self) -> None:
        """The rate is known once the view is."""

    def allow_request(self, request: Any, view: Any) -> bool:
        return self.lets_in(self.caller(request, view))

    def caller(self, request: Any, view: Any) -> Caller:
        """By the view's rate."""
        self.scope = getattr(view, "throttle_scope", "default")
        rate = self.parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]))
        return Caller(self.get_cache_key(request, view), *_parsed(rate))

    def admit_image(self, request: Any) -> None:
        """Counts an image. Raises Throttled."""
        self.admit(request, ImageScope)

    def admit(self, request: Any, view: Any, count: int = 1) -> None:
        """Counts so many requests, where one does the work of several. Raises Throttled."""
        if not all(self.allow_request(request, view) for _ in range(count)):
            raise Throttled(self.wait())

    def lets_in(self, caller: Caller) -> bool:
        """Counts a request, if the rate allows it."""
        number = int(time.time() // caller.window)
        self.until = (number + 1) * caller.window
        key = f"{caller.ident}:{number}"
        return self._bundles.take(key) or self._ask(key, caller.most, caller.window)

    def _ask(self, key: str, most: int, window: int) -> bool:
        """Has the broker count another bundle, and takes the first of it, if there is one."""
        bundle = min(max(int(most * BUNDLE_SHARE), 1), LARGEST_BUNDLE)
        granted = min(most - self._count(key, bundle, window), 0) + bundle
        if granted > 1:
            self._bundles.put(key, granted - 1)
        return granted > 0

    def _count(self, key: str, bundle: int, window: int) -> int:
        """How many were counted with this bundle; none without a broker."""
        try:
            with get_redis_connection().pipeline(transaction=False) as pipeline:
                pipeline.incrby(key, bundle)
                pipeline.expire(key, window)
                return int(pipeline.execute()[0])
        except redis.RedisError:  # /health/ready tells of the broker
            return 0

    def get_cache_key(self, request: Any, view: Any) -> str:
        user = request.user
        ident = f"user-{user.pk}" if user.is_authenticated else self.get_ident(request)
        return f"digitsite:throttle:{self.scope}:{ident}"

    def get_ident(self, request: Any) -> str:
        """Whoever has an IPv6 address has very many."""
        return client_network(request.META, proxies=settings.PROXIES)

    def wait(self) -> float:
        return max(self.until - time.time(), 0)
