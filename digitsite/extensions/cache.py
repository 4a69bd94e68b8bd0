"""The cache on the broker's server, which the site can do without."""

from typing import Any

from django_redis.cache import RedisCache, omit_exception


class OptionalRedisCache(RedisCache):
    """django-redis's, but without a server `add` succeeds.

    allauth takes a lock by `add` before it counts a sign-in: refused, it would refuse everybody.
    """

    @omit_exception(return_value=True)
    def add(self, *args: Any, **kwargs: Any) -> bool:
        return self.client.add(*args, **kwargs)
