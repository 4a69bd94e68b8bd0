"""Says whether the tests may use these: services.py DATABASE_URL REDIS_URL.

Exit code 0 where both answer, and the Redis databases from that one on hold nothing but such tests'
own keys: the tests empty them.
"""

import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import redis

SECONDS = 3
# As many as tests/settings.py and tests/stack.py use.
DATABASES = 6


def main(database_url: str, redis_url: str) -> None:
    try:
        psycopg.connect(database_url, connect_timeout=SECONDS).close()
        foreign = next(foreign_keys(redis_url), None)
    except (psycopg.Error, redis.RedisError) as error:
        sys.exit(f"No tests against PostgreSQL and Redis here: {error}".splitlines()[0])
    if foreign:
        sys.exit(f"No tests against PostgreSQL and Redis here: {foreign} is not the tests' own.")


def foreign_keys(redis_url: str) -> Iterator[str]:
    parts = urlsplit(redis_url)
    first = int(parts.path.strip("/") or 0)
    for number in range(first, first + DATABASES):
        address = parts._replace(path=f"/{number}").geturl()
        with redis.Redis.from_url(address, socket_connect_timeout=SECONDS) as client:
            keys = client.scan_iter()
            yield from (f"{key!r} in {number}" for key in keys if not key.startswith(b"digitsite"))


if __name__ == "__main__":
    main(*sys.argv[1:])
