"""Signing in with a username or an email address, and a password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.http import HttpRequest

from recognizer.models import User


class SignIn(AuthenticationBackend):
    """allauth's backend, but it always hashes exactly one password: a wrong password, an unknown
    name and a closed account take as long as a correct sign-in."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        return self._check_password(account_for(**credentials), credentials["password"])


def account_for(*, username: str = "", email: str = "", **_: Any) -> User | None:
    """The account with this username, else with this address; if several have it unverified, the
    oldest of them."""
    by_name = get_user_by_username(username) if username else None
    if by_name is not None or not email:
        return by_name
    users = filter_users_by_email(email, prefer_verified=True, for_login=True)
    return min(users, key=lambda user: user.pk, default=None)
