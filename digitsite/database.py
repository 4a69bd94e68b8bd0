"""How long a request waits for PostgreSQL."""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def bound_statements() -> None:
    """Makes PostgreSQL cancel any statement of this process after STATEMENT_SECONDS, waiting for
    locks included. Only for web processes: workers, commands and migrations may take longer."""
    connection_created.connect(_bound)


def _bound(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            milliseconds = str(settings.STATEMENT_SECONDS * 1000)
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [milliseconds])
