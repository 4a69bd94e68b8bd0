"""Signing in by a user name or an e-mail address, and a password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest

from recognizer.models import User


class SignIn(AuthenticationBackend):
    """allauth's, but one password is hashed in each case, never two: a wrong one, a name that is
    nobody's, and an account that is closed take as long as the right one."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        return self._check_password(meant(**credentials), credentials["password"])

    def get_user(self, user_id: Any) -> User | None:
        """The user of a session; `has_role`: whether asking for permissions is worth while, which
        takes two queries more and ordinary people have none."""
        granted = Q(Exists(_of_user(User.groups.through))) | Q(
            Exists(_of_user(User.user_permissions.through))
        )
        user = (
            User.objects.annotate(has_role=Q(is_superuser=True) | granted)
            .filter(pk=user_id)
            .first()
        )
        return user if user is not None and self.user_can_authenticate(user) else None


def _of_user(link: type[Model]) -> QuerySet[Model]:
    return link._default_manager.filter(user=OuterRef("pk"))


def meant(*, username: str = "", email: str = "", **_: Any) -> User | None:
    """Whose name it is, else whose address; of several who have not verified it, the eldest."""
    by_name = get_user_by_username(username) if username else None
    if by_name is not None or not email:
        return by_name
    users = filter_users_by_email(email, prefer_verified=True, for_login=True)
    return min(users, key=lambda user: user.pk, default=None)
