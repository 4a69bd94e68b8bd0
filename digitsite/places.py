"""Places for what takes long, of which a process does only a few at once: those who took much
lately leave the last one to others."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from digitsite.errors import RETRY_SECONDS, Busy
from digitsite.server import senders

# Who had places for longer than LITTLE within WINDOW, both in seconds, and for more than half as
# long as others did on average, does not get the last one; nor does who has another at that moment.
LITTLE, WINDOW = 1.0, 300


class Places:
    """So many places; who asks where none is left is refused, since threads that waited would be
    missing elsewhere. Outside of a request, as in a worker, there is only the number."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._here: Counter[str | None] = Counter()
        self._seconds = defaultdict[str | None, float](float)
        self._since = time.monotonic()

    @contextmanager
    def one(self, words: str, *, retry_seconds: int = RETRY_SECONDS) -> Iterator[None]:
        """Holds a place meanwhile. Raises Busy."""
        sender, started = senders.current(), time.monotonic()
        with self._lock:
            self._forget_old(started)
            left = self._count - self._here.total()
            if left < 1 or (left == 1 < self._count and self._has_had_much(sender)):
                raise Busy(words, retry_seconds=retry_seconds)
            self._here[sender] += 1
        try:
            yield
        finally:
            with self._lock:
                self._here -= Counter([sender])  # which drops those who have none
                self._seconds[sender] += time.monotonic() - started

    def _has_had_much(self, sender: str | None) -> bool:
        if sender is None:
            return False
        mean = sum(self._seconds.values()) / max(len(self._seconds), 1)
        return self._here[sender] > 0 or self._seconds[sender] > max(LITTLE, mean / 2)

    def _forget_old(self, now: float) -> None:
        if now - self._since > WINDOW:
            self._since = now
            self._seconds.clear()
