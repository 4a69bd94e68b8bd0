"""A cache of recent callers: the users to whom sessions and tokens belong.

To look one up takes a query or two and up to a third of what a saved drawing costs. So each is
remembered for SECONDS. On this machine whatever changes a person, changes a token or ends a session
counts at once (recognizer/accounts/changes.py), on others after SECONDS.
"""

import copy
import time
from hashlib import blake2b

from digitsite.remembered import Remembered
from recognizer.models import ApiToken, User

SECONDS = 5.0
MOST = 1_000


Caller = tuple[User, ApiToken | None]


class KnownCallers:
    """Users by their credential: a session's key or a token."""

    def __init__(self) -> None:
        self._known: Remembered[Caller] = Remembered()

    def get(self, secret: str | bytes, state: bytes) -> Caller | None:
        """Returns a copy: what a request caches on its user, such as permissions, stays its own."""
        known = self._known.get(_digest(secret), state)
        return _copy(known) if known else None

    def remember(
        self, secret: str | bytes, user: User, token: ApiToken | None, state: bytes
    ) -> None:
        """`state`: as it was before the credential was looked up."""
        until = time.time() + SECONDS
        if token is not None and token.expiry is not None:
            until = min(until, token.expiry.timestamp())
        caller = _copy((user, token))
        self._known.put(_digest(secret), caller, state=state, until=until, most=MOST)


def _copy(caller: Caller) -> Caller:
    user, token = caller
    return copy.copy(user), copy.copy(token)


def _digest(secret: str | bytes) -> bytes:
    raw = secret if isinstance(secret, bytes) else secret.encode()
    return blake2b(raw, digest_size=32).digest()


# Kept apart: a session's key is not a token, and a token opens no page.
sessions, tokens = KnownCallers(), KnownCallers()
