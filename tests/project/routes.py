"""The site's routes, as `resolve` names them, with their views."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLResolver, get_resolver


def routes(
    patterns: list[Any] | None = None, before: str = ""
) -> Iterator[tuple[str, Callable[..., Any]]]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        own = str(one.pattern)
        here = before + own.removeprefix("^") if before else own
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, here)
        else:
            yield here, one.callback
