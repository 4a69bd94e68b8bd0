"""The cache on the broker's server, which the site can do without."""

from typing import Any

import redis
from django_redis.cache import RedisCache, omit_exception
from redis.backoff import NoBackoff
from redis.retry import Retry

from digitsite.extensions import breaker


class BreakingPool(redis.ConnectionPool):
    """Connections to the broker's server: after a failure nobody else waits for it.

    A connection that was dropped while idle is opened again, once. A server that hangs is not tried
    twice.
    """

    def __init__(self, **options: Any) -> None:
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        super().__init__(retry=retry, **options)

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        """As redis-py's. Raises redis.ConnectionError at once if the server failed just now."""
        if not breaker.broker.lets_through():
            raise redis.ConnectionError("It did not answer a moment ago.")
        try:
            connection = super().get_connection(*args, **kwargs)
        except redis.RedisError:
            breaker.broker.failed()
            raise
        breaker.broker.succeeded()
        return connection


class OptionalRedisCache(RedisCache):
    """django-redis's, except that `add` succeeds without a server. allauth takes a lock with `add`
    before it counts a sign-in: if that failed, nobody could sign in."""

    @omit_exception(return_value=True)
    def add(self, *args: Any, **kwargs: Any) -> bool:
        return self.client.add(*args, **kwargs)
