"""The database: SQLite in VAR, or the PostgreSQL that DATABASE_URL names."""

from pathlib import Path

from environ import Env

from digitsite.config import environment

SQLITE_OPTIONS = {
    "timeout": 20,
    # A transaction that reads first and writes later would fail at once, rather than wait, if it
    # began as a reader.
    "transaction_mode": "IMMEDIATE",
    # The cache is each connection's own, and a web process keeps eight; what is read comes from the
    # mapped file, which they share.
    "init_command": (
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
        "PRAGMA cache_size = -4000; PRAGMA mmap_size = 134217728;"
    ),
}
# A server that cannot be reached, or a network that lost it, is noticed within seconds (libpq's
# keywords; tcp_user_timeout in milliseconds).
POSTGRESQL_OPTIONS = {
    "connect_timeout": 3,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def default(var: Path) -> dict[str, object]:
    """Django's settings of the only database. What DATABASE_URL sets comes before
    POSTGRESQL_OPTIONS."""
    url = environment.address("DATABASE_URL", schemes={"postgres", "postgresql"})
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": var / "db.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": dict(SQLITE_OPTIONS),
        }
    parsed = dict(Env.db_url_config(url))
    options = POSTGRESQL_OPTIONS | parsed.get("OPTIONS", {})
    return {**parsed, "OPTIONS": options, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
