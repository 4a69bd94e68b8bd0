"""allauth's forms with additional fields."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.db import DatabaseError
from django.http import Http404

from recognizer.accounts import tokens
from recognizer.accounts.audit import admin_acts
from recognizer.models import User

# Anybody may create accounts with somebody else's address: each that has it is mailed a link.
MOST_RESET = 3


def _label(form: forms.Form, **labels: str) -> None:
    for name, label in labels.items():
        form.fields[name].label = label


class SignInForm(LoginForm):
    """allauth's, which calls the first field "Login"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, login="Username or email", remember="Stay signed in")


class ResetForm(ResetPasswordForm):
    """allauth's form, but of the accounts that have an address unverified, only the oldest are
    mailed."""

    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = sorted(self.users, key=lambda user: user.pk)[:MOST_RESET]
        return email


class NewPasswordForm(ResetPasswordKeyForm):
    """allauth's form, with the site's wording."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, password1="New password", password2="New password again")

    def save(self) -> None:
        """Raises Http404 where the account was deleted meanwhile."""
        try:
            super().save()
        except DatabaseError as error:
            if User.objects.filter(pk=self.user.pk).exists():
                raise
            raise Http404 from error


class PasswordForm(ChangePasswordForm):
    """allauth's form, with a choice to revoke all tokens too."""

    revoke_tokens = forms.BooleanField(
        required=False,
        label="Revoke my API tokens too",
        help_text="Programs that use them stop working.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, oldpassword="Current password")
        _label(self, password1="New password", password2="New password again")

    def save(self) -> None:
        super().save()
        if self.cleaned_data["revoke_tokens"]:
            tokens.revoke_all(self.user)


class AdminPasswordForm(AdminPasswordChangeForm):
    """Django's form, which also revokes all tokens: if an admin has to set a password, somebody
    else may have had the account and created tokens."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        tokens.revoke_all(user)
        admin_acts.password_set_in_admin(user)
        return user
