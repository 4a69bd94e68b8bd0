"""Authentication by token (the header `Authorization: Token ...`) or by session."""

import copy
import threading
import time
from dataclasses import dataclass

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from recognizer.accounts import changes
from recognizer.models import ApiToken, User

# How long it is remembered whose session it is, and of how many sessions.
REMEMBERED_SECONDS = 5.0
MOST_REMEMBERED = 1_000
# How old `last_used` of a token may be before a request writes it again.
USED_SECONDS = 60


class TokenAuthentication(KnoxAuthentication):
    """Knox's, which also notes when a token was last used. One that is no text is a wrong token,
    not a crash; and nobody waits until a person's other tokens that have ended are cleared away,
    which is done when one is made."""

    def authenticate_credentials(self, token: bytes) -> tuple[object, object]:
        try:
            return super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed("Invalid token.") from error

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()

    def validate_user(self, auth_token: ApiToken) -> tuple[object, object]:
        found = super().validate_user(auth_token)
        _note_use(auth_token)
        return found


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used is None or (now - token.last_used).total_seconds() > USED_SECONDS:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)


class OtherPerson(PermissionDenied):
    default_detail = "You are signed in as somebody else in this browser now. Load the page again."
    default_code = "other_person"


@dataclass(frozen=True)
class _Known:
    user: User
    state: bytes
    until: float


class KnownSessions:
    """Whose the sessions are that lately asked for something: to look it up takes two queries and a
    third of what a saved drawing costs. On this machine whatever changes a person or ends a session
    counts at once, on others after REMEMBERED_SECONDS."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def user_of(self, key: str, state: bytes) -> User | None:
        """A copy: what a request finds out about its user, as their permissions, stays its own."""
        known = self._known.get(key)
        if known is None or known.state != state or known.until < time.monotonic():
            return None
        return copy.copy(known.user)

    def remember(self, key: str, user: User, state: bytes) -> None:
        """`state`: as it was before it was looked up whose session it is."""
        with self._lock:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            until = time.monotonic() + REMEMBERED_SECONDS
            self._known[key] = _Known(copy.copy(user), state, until)


known_sessions = KnownSessions()


class PageSession(SessionAuthentication):
    """A session, if it is still that of the person whose page asks (`X-Person`).

    Else what one tab drew would be kept for whoever signed in in another.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found = self._remembered(request)
        person = request.headers.get("X-Person")
        if found and person and person != str(found[0].pk):
            raise OtherPerson
        return found

    def _remembered(self, request: Request) -> tuple[User, None] | None:
        key, state = request._request.session.session_key, changes.state()
        user = known_sessions.user_of(key, state) if key else None
        if user is not None:
            self.enforce_csrf(request)
            return user, None
        found = super().authenticate(request)
        if found and key:
            known_sessions.remember(key, found[0], state)
        return found
