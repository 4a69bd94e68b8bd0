"""Passwords are hashed with Argon2, one at a time in each process.

A hash is the dearest thing that a visitor can ask for. Rate limits hold an address back; here it
is many addresses that are: they wait for each other, not others for them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from digitsite.errors import Busy

WAIT_SECONDS = 2.0
WORDS = "Too many people are signing in right now. Try again in a few seconds."


class HashQueue:
    """Lets one thread hash, and a few others wait for it; the remaining threads answer other
    requests."""

    def __init__(self, most_inside: int) -> None:
        self._door = threading.BoundedSemaphore(most_inside)
        self._turn = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises Busy if too many are waiting already, or this one would wait too long."""
        if not self._door.acquire(blocking=False):
            raise Busy(WORDS)
        try:
            if not self._turn.acquire(timeout=WAIT_SECONDS):
                raise Busy(WORDS)
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._door.release()


queue = HashQueue(max(settings.MOST_WAITING, 1))


class Argon2(Argon2PasswordHasher):
    """Argon2id with the parameters that OWASP's cheat sheet recommends: 19 MiB, two passes, one
    thread."""

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with queue.turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with queue.turn():
            return super().verify(password, encoded)


class PBKDF2(PBKDF2PasswordHasher):
    """The earlier hasher: a password is checked with it once more, then hashed with Argon2."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with queue.turn():
            return super().encode(password, salt, iterations)
