"""Reads the environment, loud about nonsense: a value that cannot be read stops the start."""

import logging
import math
import os
import re
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

TRUE = {"1", "true", "yes", "on"}
RATE = re.compile(r"\d+/(s|sec|second|m|min|minute|h|hour|d|day)")
FALSE = {"0", "false", "no", "off", ""}
TERMINAL_MAIL = "digitsite.extensions.terminal_mail.EmailBackend"


def text(name: str, default: str = "") -> str:
    """The variable's value, or the default."""
    return os.environ.get(name, default).strip()


def folder(name: str, default: Path) -> Path:
    """An absolute path to a writable folder, which is created if it does not exist."""
    path = Path(text(name, str(default))).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        raise ImproperlyConfigured(f"{name} cannot be used as a folder: {error}.") from error
    return path


def flag(name: str, *, default: bool) -> bool:
    """True or false; anything else is refused."""
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value in TRUE


def integer(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """A whole number from `least` to `most`."""
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least or (most is not None and int(value) > most):
        upper = "" if most is None else f" to {most}"
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {least}{upper}, not {value!r}."
        )
    return int(value)


def number(name: str, default: float, *, least: float = 0, most: float = math.inf) -> float:
    """A finite number from `least` to `most`; whole where the default is."""
    value = text(name, str(default))
    kind = "whole number" if isinstance(default, int) else "number"
    upper = " up" if most == math.inf else f" to {most:,}"
    refused = f"{name} must be a {kind} from {least:,}{upper}, not {value!r}."
    try:
        found = type(default)(value)
    except ValueError as error:
        raise ImproperlyConfigured(refused) from error
    if not (least <= found <= most and math.isfinite(found)):
        raise ImproperlyConfigured(refused)
    return found


def share(name: str, default: float) -> float:
    """A number from 0 to 1."""
    return number(name, default, most=1)


def renamed(old: str, new: str) -> None:
    """Refuses a variable that has another name now, which would otherwise be ignored silently."""
    if old in os.environ:
        raise ImproperlyConfigured(f"{old} must be set as {new}: it was renamed.")


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def rate(name: str, default: str) -> str:
    """A number of requests per second, minute, hour or day, such as 600/min."""
    value = text(name, default)
    if not RATE.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be a rate such as 600/min, not {value!r}.")
    return value


class _MailEnv(Env):
    """django-environ with the scheme `consolemail`: mails are printed only on a terminal, not where
    a log would keep them."""

    EMAIL_SCHEMES = Env.EMAIL_SCHEMES | {"consolemail": TERMINAL_MAIL}


def email(name: str, default: str) -> dict[str, Any]:
    """Django's settings for sending email, from an address such as smtp+tls://user:pw@host:587."""
    try:
        return dict(_MailEnv.email_url_config(text(name, default)))
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}.") from error


def level(name: str, default: str) -> str:
    """A logging level."""
    value = text(name, default).upper()
    known = logging.getLevelNamesMapping()
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}, not {value!r}.")
    return value


def address(name: str, *, schemes: set[str]) -> str:
    """A URL with one of these schemes, or nothing. Messages never quote the value: it contains
    passwords."""
    value = text(name)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - read for its error
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}") from error
    if parts.scheme not in schemes:
        known = ", ".join(f"{scheme}://" for scheme in sorted(schemes))
        raise ImproperlyConfigured(f"{name} must begin with one of {known}.")
    return value
