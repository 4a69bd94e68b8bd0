"""What must be there before the site serves: tables, static files, a model, an admin.

`make run` does it at its start; `python -m digitsite.supervisor.bootstrap` does it alone.
"""

import hashlib
import os
import secrets
from importlib.metadata import version
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from digitsite.logs import say

ADMIN = "admin"
# A second reader of the API's schema: half of all bytes, and no page shows it.
UNUSED_STATIC_FILES = ["redoc"]


def prepare() -> None:
    """Does what was not done yet. Cut off at any point, it goes on there the next time.

    Raises OperationalError without a database, and ShippedFilesDamaged.
    """
    migrate()
    collect_static()
    load_model()
    make_admin()
    connections.close_all()


def migrate() -> None:
    """Brings the tables up to date."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database ...")
        call_command("migrate", verbosity=0, interactive=False)


def collect_static() -> None:
    """Copies static files under hashed names, when one of them or their maker changed."""
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
    """Registers the model that came with the site. Raises ShippedFilesDamaged."""
    from recognizer import registry  # models can be imported only once Django is set up

    if not (registry.SHIPPED / "model.json").exists():
        say("No model came with this copy: train one with `python manage.py train_baseline`.")
        return
    registry.load_shipped()


def make_admin() -> None:
    """On a site that has no user yet, makes an admin and prints the password, this once."""
    users = get_user_model().objects
    if users.exists():
        return
    password = secrets.token_urlsafe(12)
    users.create_superuser(username=ADMIN, password=password)
    say(f"Made an admin: {ADMIN}, password {password} (shown this once; change it in /admin/).")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    django.setup()
    prepare()
