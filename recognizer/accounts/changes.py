"""Tells all processes of this machine at once that a person, a token or a session has changed.

Code that caches what somebody may do compares `state` with its value when that was decided.
"""

import os
import secrets
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from recognizer.models import ApiToken, User

SIZE = 8


def connect() -> None:
    """Has every change of a person or a token noted, and every end of a session."""
    kinds: list[type[Model]] = [User, ApiToken, Session]
    for kind in kinds:
        post_delete.connect(_note_after_commit, sender=kind)
    for kind in kinds[:2]:
        post_save.connect(_note_after_commit, sender=kind)


def state() -> bytes:
    """Something else after every change, in whichever process of this machine."""
    return os.pread(_file(), SIZE, 0)


def _note_after_commit(**kwargs: Any) -> None:
    transaction.on_commit(_note, robust=True)


def _note() -> None:
    # Not a count: of two processes that write at once neither may undo the other's change.
    os.pwrite(_file(), secrets.token_bytes(SIZE), 0)


@cache
def _file() -> int:
    """Under VAR, where every process finds it; it stays open."""
    return os.open(settings.VAR / "changes", os.O_RDWR | os.O_CREAT, 0o600)
