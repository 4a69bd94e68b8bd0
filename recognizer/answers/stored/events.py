"""Notifies a waiting request, through the broker, that its drawing has been answered.

The database holds the answer; this only ends the wait early.
"""

import math
import threading
from collections.abc import Iterable
from functools import cache

import redis
from django.conf import settings

from digitsite.extensions.cache import BreakingPool

KEPT_SECONDS = 10
MOST_WAITERS = 16
_places = threading.BoundedSemaphore(settings.MOST_WAITING)


@cache
def _client(seconds: int = 1) -> redis.Redis:
    """A client with this timeout in seconds: even a broker that hangs must end a wait in time."""
    pool = BreakingPool.from_url(
        settings.REDIS, socket_connect_timeout=0.5, socket_timeout=seconds + 0.5
    )
    return redis.Redis(connection_pool=pool)


def check() -> None:
    """Raises redis.RedisError if no broker answers; whoever asks says so in their own words."""
    with redis.Redis.from_url(settings.REDIS, socket_connect_timeout=0.5, socket_timeout=1) as one:
        one.ping()


def _key(drawing_id: int) -> str:
    return f"digitsite:answered:{drawing_id}"


def announce(drawings: Iterable[int]) -> None:
    """Announces that these drawings have answers. Raises redis.RedisError without a broker."""
    with _client().pipeline(transaction=False) as pipeline:
        for key in map(_key, drawings):
            # One message per request that may wait: the same drawing may be awaited twice.
            pipeline.delete(key)
            pipeline.rpush(key, *[1] * MOST_WAITERS)
            pipeline.expire(key, KEPT_SECONDS)
        pipeline.execute()


def wait(drawing_id: int, seconds: float) -> None:
    """Returns when the drawing is announced, or after that many seconds; at once if MOST_WAITING
    requests of this process are waiting already. Raises redis.RedisError without a broker, and half
    a second late if the broker hangs."""
    if seconds <= 0 or not _places.acquire(blocking=False):
        return
    try:
        _client(math.ceil(seconds)).blpop([_key(drawing_id)], timeout=seconds)
    finally:
        _places.release()
