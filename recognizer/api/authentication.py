"""Who asks: by a token in the header `Authorization: Token ...`, or by a session."""

from django.core.cache import caches
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from recognizer.models import ApiToken, User

# How old `last_used` of a token may be before a request writes it again.
USED_SECONDS = 60


class TokenAuthentication(KnoxAuthentication):
    """Knox's, which also notes when a token was last used. One that is no text is a wrong token,
    not a crash."""

    def authenticate_credentials(self, token: bytes) -> tuple[object, object]:
        try:
            return super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed("Invalid token.") from error

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
        found = super().authenticate(request)
        person = request.headers.get("X-Person")
        if found and person and person != str(found[0].pk):
            raise OtherPerson
        return found


class RememberedSession(SessionAuthentication):
    """A session's user, whom this process remembers for some seconds.

    For live answers alone: there the user counts for the rate limit and nothing else, so the
    database need not be asked twice for every one. The user returned has a number, no more.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        key = request._request.session.session_key
        remembered = caches["memory"]
        number = remembered.get(key) if key else None
        if number is None:
            found = super().authenticate(request)
            if found:
                remembered.set(key, found[0].pk)
            return found
        self.enforce_csrf(request)
        return User(pk=number), None
