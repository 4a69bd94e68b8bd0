"""Remembers for seconds what was decided about a caller, until anything about callers changes."""

import threading
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Entry(Generic[T]):
    value: T
    state: bytes
    until: float


class Remembered(Generic[T]):
    """A cache of decisions by key. Each is valid for the state in which it was made, and until a
    time (as time.time()). `state` returns another value after every change
    (recognizer/accounts/changes.py)."""

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry[T]] = {}
        self._lock = threading.Lock()

    def get(self, key: bytes, state: bytes) -> T | None:
        entry = self._entries.get(key)
        if entry is None or entry.state != state or entry.until < time.time():
            return None
        return entry.value

    def put(self, key: bytes, value: T, *, state: bytes, until: float, most: int) -> None:
        """Adds a decision. `state`: as it was before the decision. When there are `most`, all are
        dropped."""
        with self._lock:
            if len(self._entries) >= most:
                self._entries.clear()
            self._entries[key] = _Entry(value, state, until)
