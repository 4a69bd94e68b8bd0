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
    """Notes every change of a user or token, and every end of a session, from now on."""
    kinds: list[type[Model]] = [User, ApiToken, Session]
    for kind in kinds:
        post_delete.connect(_note_after_commit, sender=kind)
    for kind in kinds[:2]:
        post_save.connect(_note_after_commit, sender=kind)


def state() -> bytes:
    """A value that differs after every change, made by any process of this machine."""
    return os.pread(_file(), SIZE, 0)


def _note_after_commit(**kwargs: Any) -> None:
    transaction.on_commit(_note, robust=True)


def _note() -> None:
    # Not a counter: two processes that write at once must not undo each other's change.
    os.pwrite(_file(), secrets.token_bytes(SIZE), 0)


@cache
def _file() -> int:
    """A file in VAR, where every process finds it; it stays open."""
    return os.open(settings.VAR / "changes", os.O_RDWR | os.O_CREAT, 0o600)
