"""Whose request a thread handles."""

import threading

_request = threading.local()


def note(sender: str) -> None:
    """Says whose request this thread handles from now on."""
    _request.sender = sender


def current() -> str | None:
    """Whose request this thread handles; None outside of a server."""
    return getattr(_request, "sender", None)
