"""What is refused to a person, and the account that is gone while they ask."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError

from recognizer.models import User


class NotAllowed(Exception):
    """This person may not do that to this drawing."""


class AccountGone(NotAllowed):
    """The person's account was deleted since they asked."""


@contextmanager
def refusing_the_gone(person: User) -> Iterator[None]:
    """Raises AccountGone where nothing can be written of a person whose account was deleted since
    they asked."""
    try:
        yield
    except DatabaseError as error:
        if User.objects.filter(pk=person.pk).exists():
            raise
        raise AccountGone("The account was deleted.") from error
