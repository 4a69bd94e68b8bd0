"""Checks that the database can be used; commands report its errors in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

PREPARE = "`make run` prepares it, and so does `python -m digitsite.supervisor.bootstrap`."


class DatabaseCommand(BaseCommand):
    """A command that cannot do its work without the site's tables."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Raises CommandError where there are no tables, or none that can be reached."""
        if not is_prepared():
            raise CommandError(f"The database is empty. {PREPARE}")
        return super().execute(*args, **options)


def is_prepared() -> bool:
    """False for a database that is still empty.

    Raises CommandError where it cannot be reached or read, or misses tables of this release.
    """
    connect()
    with errors_in_words():
        executor = MigrationExecutor(connection)
    if not executor.loader.applied_migrations:
        return False
    if is_outdated(executor):
        raise CommandError(f"The database’s tables are not those of this release. {PREPARE}")
    return True


def is_outdated(executor: MigrationExecutor) -> bool:
    """True where migrations are still to be applied."""
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def connect() -> None:
    """Opens the connection. Raises CommandError where that fails."""
    with errors_in_words():
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"No connection to the database: {first_line(error)}") from error


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turns an error that the database reports into a CommandError of one line."""
    try:
        yield
    except DatabaseError as error:
        raise CommandError(f"The database reports an error: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """What happened; the lines that follow are details."""
    return str(error).partition("\n")[0]
