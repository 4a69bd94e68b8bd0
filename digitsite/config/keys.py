"""The secret key: made at the first start and kept."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

# The same requirements as Django's deployment check.
SHORTEST, FEWEST_CHARACTERS = 50, 5


def strong(key: str) -> str:
    """The key, if it cannot be guessed. Raises ImproperlyConfigured, without quoting the key."""
    if len(key) < SHORTEST or len(set(key)) < FEWEST_CHARACTERS:
        raise ImproperlyConfigured(
            f"SECRET_KEY must have {SHORTEST} characters or more, {FEWEST_CHARACTERS} of them "
            "different. Leave it unset, and one is made in var/secret_key unless that exists."
        )
    return key


def stored_in(path: Path) -> str:
    """The key in the file at `path`. If there is none, or an empty one, as a full disk leaves it, a
    key is created, readable only by its owner."""
    if path.exists() and not path.read_text().strip():
        path.unlink(missing_ok=True)
    if not path.exists():
        _make(path)
    return path.read_text().strip()


def _make(path: Path) -> None:
    # Written to a temporary file, then linked: of two processes that start at once, one creates the
    # whole file.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(get_random_secret_key())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    draft.unlink()
