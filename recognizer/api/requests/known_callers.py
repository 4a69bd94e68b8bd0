"""Whose the sessions and tokens are that have lately asked for something.

To look it up takes a query or two and up to a third of what a saved drawing costs. So it is
remembered for SECONDS. On this machine whatever changes a person, changes a token or ends a session
counts at once (recognizer/accounts/changes.py), on others after SECONDS.
"""

import copy
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b

from recognizer.models import ApiToken, User

SECONDS = 5.0
MOST = 1_000


@dataclass(frozen=True)
class _Known:
    user: User
    token: ApiToken | None
    state: bytes
    until: float


class KnownCallers:
    """Users by the secret that they come with: a session's key or a token."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Known] = {}
        self._lock = threading.Lock()

    def get(self, secret: str | bytes, state: bytes) -> tuple[User, ApiToken | None] | None:
        """Copies: what a request finds out about its user, as their permissions, stays its own."""
        known = self._known.get(_digest(secret))
        if known is None or known.state != state or known.until < time.time():
            return None
        return copy.copy(known.user), copy.copy(known.token)

    def remember(
        self, secret: str | bytes, user: User, token: ApiToken | None, state: bytes
    ) -> None:
        """`state`: as it was before it was looked up whose secret it is."""
        until = time.time() + SECONDS
        if token is not None and token.expiry is not None:
            until = min(until, token.expiry.timestamp())
        known = _Known(copy.copy(user), copy.copy(token), state, until)
        with self._lock:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[_digest(secret)] = known


def _digest(secret: str | bytes) -> bytes:
    raw = secret if isinstance(secret, bytes) else secret.encode()
    return blake2b(raw, digest_size=32).digest()


# Apart: a session's key is no token, and a token opens no page.
sessions, tokens = KnownCallers(), KnownCallers()
