"""Prepares the site: tables, static files, a model and an admin.

`make run` runs it first; `python -m digitsite.supervisor.bootstrap` runs it alone.
"""

import fcntl
import hashlib
import itertools
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from digitsite.config import permissions, start_errors
from digitsite.logs import say
from recognizer.management import database

ADMIN = "admin"
# A second viewer of the API's schema, which has half of all bytes and is used by no page; and files
# that are served at the top of the site.
UNUSED_STATIC_FILES = ["redoc", "root"]
# Any number that no other program locks in the same database.
ADVISORY_LOCK = 0x6469676974
SECONDS_FOR_OTHERS, LOCK_INTERVAL = 300, 0.2


def main() -> None:
    """Prepares the site. Exit code 1, after one line that gives the reason, if it cannot."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    with start_errors.in_one_line(CommandError):
        django.setup()
        prepare()


def prepare() -> None:
    """Does what is not done yet. If it is interrupted, the next call continues.

    Raises CommandError without a usable database, and for damaged shipped files.
    """
    with _one_at_a_time_here():
        permissions.close_folder(settings.VAR)
        database.connect()
        with database.errors_in_words(), _one_machine_at_a_time():
            migrate()
            load_model()
            make_admin()
        collect_static()


@contextmanager
def _one_at_a_time_here() -> Iterator[None]:
    """Makes other bootstraps with the same VAR, and so the same SQLite database, wait."""
    with (settings.VAR / "bootstrap.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _one_machine_at_a_time() -> Iterator[None]:
    """Makes other machines that prepare the same PostgreSQL database wait. Raises CommandError.

    The lock belongs to the connection: with PgBouncer it needs session mode.
    """
    try:
        if connection.vendor == "postgresql":
            _wait_for_the_lock()
        yield
    finally:
        connection.close()  # which releases the lock


def _wait_for_the_lock() -> None:
    until = time.monotonic() + SECONDS_FOR_OTHERS
    for attempt in itertools.count():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
            if cursor.fetchone()[0]:
                return
        if attempt == 0:
            say("Another machine prepares the database: waiting ...")
        if time.monotonic() >= until:
            raise CommandError(
                f"Another machine has been preparing the database for {SECONDS_FOR_OTHERS} s."
            )
        time.sleep(LOCK_INTERVAL)


def migrate() -> None:
    """Brings the tables up to date."""
    if database.is_outdated(MigrationExecutor(connection)):
        say("Preparing the database ...")
        call_command("migrate", verbosity=0, interactive=False)


def collect_static() -> None:
    """Copies static files under hashed names, if a file or the code that hashes has changed."""
    stamp = Path(settings.STATIC_ROOT).with_suffix(".stamp")
    state = _static_state()
    if stamp.exists() and stamp.read_text() == state:
        return
    say("Collecting static files ...")
    stamp.unlink(missing_ok=True)
    call_command(
        "collectstatic", verbosity=0, interactive=False, ignore_patterns=UNUSED_STATIC_FILES
    )
    stamp.write_text(state)


def _static_state() -> str:
    makers = [settings.STORAGES["staticfiles"]["BACKEND"], version("django"), version("whitenoise")]
    paths = (
        Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])
    )
    files = sorted(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in paths)
    return hashlib.sha256("\n".join(makers + files).encode()).hexdigest()


def load_model() -> None:
    """Registers the shipped model. Raises CommandError for damaged files."""
    from recognizer import registry  # models can be imported only once Django is set up

    if not (registry.SHIPPED / "model.json").exists():
        say("No model came with this copy: train one with `python manage.py train_baseline`.")
        return
    try:
        registry.register_shipped()
    except registry.ShippedFilesDamaged as error:
        raise CommandError(str(error)) from error


def make_admin() -> None:
    """Creates an admin on a site without users, and prints the password, only this once."""
    users = get_user_model().objects
    if users.exists():
        return
    password = secrets.token_urlsafe(12)
    users.create_superuser(username=ADMIN, password=password)
    say(f"Made an admin: {ADMIN}, password {password} (shown this once; change it in /admin/).")


if __name__ == "__main__":
    main()
