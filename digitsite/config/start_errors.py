"""What keeps a program from starting is said in one line, not in a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured


@contextmanager
def in_one_line(*others: type[Exception]) -> Iterator[None]:
    """Ends the program, with exit code 1, on an invalid setting or one of the other errors."""
    told: tuple[type[Exception], ...] = (ImproperlyConfigured, *others)
    try:
        yield
    except told as error:
        sys.exit(f"Cannot start: {error}")
