"""How long a request waits for PostgreSQL, and how writers take turns on SQLite and its log is kept
short."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# A little longer than SQLite lets a waiting writer sleep between two tries.
TURN_SECONDS = 0.12
# SQLite's log (WAL) is emptied when it has so many bytes, unless others keep it busy for so many
# seconds.
LONG_LOG, LOG_SECONDS = 100_000_000, 3


def bound_statements() -> None:
    """Makes PostgreSQL cancel any statement of this process after STATEMENT_SECONDS, waiting for
    locks included. Only for web processes: workers, commands and migrations may take longer."""
    connection_created.connect(_bound)


def _bound(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            milliseconds = str(settings.STATEMENT_SECONDS * 1000)
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [milliseconds])


def give_a_turn() -> None:
    """Call this between two of many transactions. Who waits to write to SQLite tries ten times a
    second, and would hardly ever hit the moment between them."""
    if connection.vendor == "sqlite":
        time.sleep(TURN_SECONDS)


def shorten_log() -> None:
    """Empties SQLite's log if it is long. SQLite begins it anew only at a moment when all of it is
    in the database and nobody reads it: if much is written all the time that never comes, and the
    log grows until the disk is full."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not _is_long(Path(f"{name}-wal")):
        return
    # A connection of its own, for its short timeout: writers wait for the second step. Where others
    # keep the log busy, neither raises.
    with closing(sqlite3.connect(name, timeout=LOG_SECONDS)) as own:
        own.execute("PRAGMA wal_checkpoint(PASSIVE)")
        own.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_long(log: Path) -> bool:
    try:
        return log.stat().st_size >= LONG_LOG
    except FileNotFoundError:
        return False
