"""Authentication by token (the header `Authorization: Token ...`) or by session."""

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from recognizer.accounts import changes
from recognizer.api.requests import known_callers
from recognizer.models import ApiToken, User

# How old, in seconds, a token's `last_used` may be before a request updates it.
USED_SECONDS = 60


class TokenAuthentication(KnoxAuthentication):
    """Knox's authentication, which also records when a token was last used. A token that is not
    text is wrong rather than a crash. Expired tokens are deleted when one is created, not here,
    where requests would wait for it."""

    def authenticate_credentials(self, token: bytes) -> tuple[object, object]:
        state = changes.state()
        known = known_callers.tokens.get(token, state)
        if known is None:
            known = self._looked_up(token)
            known_callers.tokens.remember(token, *known, state)
        return known

    def _looked_up(self, token: bytes) -> tuple[User, ApiToken]:
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
        known = known_callers.sessions.get(key, state) if key else None
        if known is not None:
            self.enforce_csrf(request)
            return known[0], None
        found = super().authenticate(request)
        if found and key:
            known_callers.sessions.remember(key, found[0], None, state)
        return found
