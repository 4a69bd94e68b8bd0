"""Says whether the tests may use these: services.py DATABASE_URL REDIS_URL.

Exit code 0 where both answer, and the Redis database holds nothing but such tests' own keys: the
tests empty it.
"""

import sys

import psycopg
import redis

SECONDS = 3


def main(database_url: str, redis_url: str) -> None:
    try:
        psycopg.connect(database_url, connect_timeout=SECONDS).close()
        with redis.Redis.from_url(redis_url, socket_connect_timeout=SECONDS) as client:
            foreign = [key for key in client.scan_iter() if not key.startswith(b"digitsite")]
    except (psycopg.Error, redis.RedisError) as error:
        sys.exit(f"No tests against PostgreSQL and Redis here: {error}".splitlines()[0])
    if foreign:
        sys.exit(f"No tests against PostgreSQL and Redis here: {redis_url} holds other keys.")


if __name__ == "__main__":
    main(*sys.argv[1:])
