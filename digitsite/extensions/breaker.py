"""A circuit breaker: while a service fails, one caller tries it now and then, and nobody else waits
for it (M. Nygard, Release It!, 2007)."""

import logging
import threading
import time

log = logging.getLogger(__name__)


class CircuitBreaker:
    """Opens after a failure of the service; then it lets one caller through every `seconds` until
    the service works."""

    def __init__(self, name: str, *, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._lock = threading.Lock()
        self._tried_again_at: float | None = None  # None: closed

    def lets_through(self) -> bool:
        """Whether the service may be tried now. Call `failed` or `succeeded` afterwards."""
        if self._tried_again_at is None:
            return True
        with self._lock:
            is_due = self._tried_again_at is None or time.monotonic() >= self._tried_again_at
            if is_due:
                self.failed()  # for all other callers, until this one reports
            return is_due

    def failed(self) -> None:
        if self._tried_again_at is None:
            log.warning("The %s does not answer.", self._name)
        self._tried_again_at = time.monotonic() + self._seconds

    def succeeded(self) -> None:
        if self._tried_again_at is not None:
            log.warning("The %s answers again.", self._name)
        self._tried_again_at = None


# The broker's, one per process.
broker = CircuitBreaker("broker", seconds=2)
