"""Refusals: a person may not do something, or their account was deleted meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError

from recognizer.models import User


class NotAllowed(Exception):
    """This person may not do that to this drawing."""


class AccountGone(NotAllowed):
    """The person's account was deleted while the request was handled."""


@contextmanager
def raising_account_gone(person: User) -> Iterator[None]:
    """Raises AccountGone if a write fails because the person's account was deleted meanwhile."""
    try:
        yield
    except DatabaseError as error:
        if User.objects.filter(pk=person.pk).exists():
            raise
        raise AccountGone("The account was deleted.") from error
