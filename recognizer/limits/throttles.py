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

# The share of a rate that a process reserves from the broker at once, and the most requests that it
# may be.
BUNDLE_SHARE, LARGEST_BUNDLE = 0.01, 30
MOST_BUNDLES = 10_000
# So many times as rarely as an image may a file to import be sent: it is read and stored within its
# request, which may take a second.
IMAGES_FOR_AN_IMPORT = 10


def address_of(request: Any) -> str:
    """Where the request comes from: the network of an IPv6 address, since whoever has one address
    has very many."""
    return client_network(request.META, proxies=settings.PROXIES)


class ImageScope:
    """Replaces the view in rate limiting: images have a rate of their own, since each takes up to
    seconds to decode and up to megabytes to store."""

    throttle_scope = "image"


class RateExceeded(Throttled):
    """More requests than a rate allows. The next is let in after `wait` seconds."""

    wait: int


class Bundles:
    """Requests that are counted at the broker already, and that this process may still admit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Takes one of the remaining requests, if there is one."""
        with self._lock:
            left = self._left.get(key, 0)
            if left:
                self._left[key] = left - 1
            return left > 0

    def put(self, key: str, count: int) -> None:
        """Adds to the remaining requests. Now and then everything is dropped, expired windows
        too."""
        with self._lock:
            if len(self._left) >= MOST_BUNDLES:
                self._left.clear()
            self._left[key] = self._left.get(key, 0) + count


def _parsed(rate: tuple[int | None, int | None]) -> tuple[int, int]:
    requests, seconds = rate
    assert requests is not None and seconds is not None, "every scope has a rate"
    return requests, seconds


class Caller(NamedTuple):
    """Whose requests are counted together, and how many a window of seconds admits."""

    ident: str
    most: int
    window: int


class WindowThrottle(SimpleRateThrottle):
    """Counts requests in fixed windows: one number at the broker's server. DRF's own throttles keep
    a list of every request's time, which at 50 requests a second costs more than an answer.

    Requests are reserved in bundles, which the process then admits without asking again. So nobody
    ever gets more than the rate; what other processes have left of their last bundle (1% of the
    rate) is lost to those who reach it.

    A view names its rate with `throttle_scope`. Without a broker nobody is refused.
    """

    _bundles = Bundles()

    def __init__(self) -> None:
        """The rate is set when the view is known."""

    def allow_request(self, request: Any, view: Any) -> bool:
        return self.lets_in(self.caller(request, view))

    def caller(self, request: Any, view: Any) -> Caller:
        """The caller of this request, with the view's rate."""
        self.scope = getattr(view, "throttle_scope", "default")
        rate = self.parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]))
        return Caller(self.get_cache_key(request, view), *_parsed(rate))

    def admit_image(self, request: Any) -> None:
        """Counts an image. Raises RateExceeded."""
        self.admit(request, ImageScope)

    def admit_import(self, request: Any) -> None:
        """Counts a file to import. Raises RateExceeded."""
        images = self.caller(request, ImageScope)
        most = max(images.most // IMAGES_FOR_AN_IMPORT, 1)
        if not self.lets_in(Caller(f"{images.ident}:imports", most, images.window)):
            raise RateExceeded(self.wait())

    def admit(self, request: Any, view: Any, count: int = 1) -> None:
        """Counts so many requests: one request may do the work of several. Raises
        RateExceeded."""
        if not all(self.allow_request(request, view) for _ in range(count)):
            raise RateExceeded(self.wait())

    def lets_in(self, caller: Caller) -> bool:
        """Counts a request if the rate allows it, and returns whether it does."""
        number = int(time.time() // caller.window)
        self.until = (number + 1) * caller.window
        key = f"{caller.ident}:{number}"
        return self._bundles.take(key) or self._ask(key, caller.most, caller.window)

    def _ask(self, key: str, most: int, window: int) -> bool:
        """Reserves another bundle at the broker and takes its first request, if it has one."""
        bundle = min(max(int(most * BUNDLE_SHARE), 1), LARGEST_BUNDLE)
        granted = min(most - self._count(key, bundle, window), 0) + bundle
        if granted > 1:
            self._bundles.put(key, granted - 1)
        return granted > 0

    def _count(self, key: str, bundle: int, window: int) -> int:
        """How many requests are counted, this bundle included; 0 without a broker."""
        try:
            with get_redis_connection().pipeline(transaction=False) as pipeline:
                pipeline.incrby(key, bundle)
                pipeline.expire(key, window)
                return int(pipeline.execute()[0])
        except redis.RedisError:  # /health/ready shows the broker's state
            return 0

    def get_cache_key(self, request: Any, view: Any) -> str:
        user = request.user
        ident = f"user-{user.pk}" if user.is_authenticated else self.get_ident(request)
        return f"digitsite:throttle:{self.scope}:{ident}"

    def get_ident(self, request: Any) -> str:
        return address_of(request)

    def wait(self) -> float:
        return max(self.until - time.time(), 0)
