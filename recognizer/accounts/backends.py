"""Signing in with a username or an email address, and a password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.http import HttpRequest

from recognizer.models import User


class SignIn(AuthenticationBackend):
    """allauth's, but one password is hashed in each case, never two: a wrong one, a name that is
    nobody's, and an account that is closed take as long as the right one."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        return self._check_password(meant(**credentials), credentials["password"])


def meant(*, username: str = "", email: str = "", **_: Any) -> User | None:
    """Whose name it is, else whose address; of several who have not verified it, the eldest."""
    by_name = get_user_by_username(username) if username else None
    if by_name is not None or not email:
        return by_name
    users = filter_users_by_email(email, prefer_verified=True, for_login=True)
    return min(users, key=lambda user: user.pk, default=None)
