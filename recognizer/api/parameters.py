"""What a request's address and headers ask for."""

import re
from typing import TypeVar

from django.conf import settings
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from recognizer.api.errors import Contradiction
from recognizer.forms import FilterForm

Filter = TypeVar("Filter", bound=FilterForm)
FLAG = {"true": True, "1": True, "false": False, "0": False}
KEY_PATTERN = "^[!-~]{1,200}$"


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    """Whether the query switches this on; `default` if it is not given."""
    return FLAG.get(request.query_params.get(name, ""), default)


def seconds_to_wait(request: Request) -> float:
    """The N of `Prefer: wait=N`, at most MOST_SECONDS_TO_WAIT; 0 if it is not given."""
    asked = re.search(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])", request.headers.get("Prefer", ""))
    return min(int(asked[1]), settings.MOST_SECONDS_TO_WAIT) if asked else 0


def filter_of(request: Request, form: type[Filter]) -> Filter:
    """The validated filter in the query. Raises ValidationError, or Contradiction where each value
    is valid but not together with the others."""
    asked = form(request.query_params)
    if not asked.is_valid():
        kind = Contradiction if asked.contradicts else ValidationError
        raise kind({name: [str(text) for text in texts] for name, texts in asked.errors.items()})
    return asked


def idempotency_key(request: Request) -> str | None:
    """The header Idempotency-Key; None without it. Raises ValidationError."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(KEY_PATTERN, key):
        raise ValidationError(
            "Idempotency-Key must have 1 to 200 plain characters, and no spaces among them."
        )
    return key
