"""How long a request waits for PostgreSQL, and how writers take turns on SQLite."""

import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# A little longer than SQLite lets a waiting writer sleep between two tries.
TURN_SECONDS = 0.12


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
