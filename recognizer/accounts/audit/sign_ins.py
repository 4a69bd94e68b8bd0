"""Logs sign-ins, and changes of passwords, email addresses and second factors."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import (
    email_added,
    email_changed,
    email_confirmed,
    email_removed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver

from recognizer.accounts.audit.log import Kind, record
from recognizer.accounts.backends import account_for
from recognizer.models import User


@receiver(user_logged_in)
def _signed_in(user: User, **_: Any) -> None:
    record(Kind.SIGN_IN, by=user, person=user, about="")


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], **_: Any) -> None:
    """Records a name only if an account has it: people type passwords into the wrong field."""
    record(Kind.SIGN_IN_FAILED, person=account_for(**credentials), about="")


@receiver(password_changed)
@receiver(password_reset)
@receiver(password_set)
def _password(signal: object, user: User, **_: Any) -> None:
    about = "reset by mail" if signal is password_reset else ""
    record(Kind.PASSWORD, by=user, person=user, about=about)


@receiver(email_added)
@receiver(email_removed)
@receiver(email_confirmed)
def _email(signal: object, email_address: EmailAddress, **_: Any) -> None:
    acts = {email_added: "added", email_removed: "removed"}
    record(Kind.EMAIL, person=email_address.user, about=acts.get(signal, "verified"))


@receiver(email_changed)
def _primary_email(user: User, **_: Any) -> None:
    record(Kind.EMAIL, person=user, about="another is primary")


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
def _second_factor(signal: object, user: User, authenticator: Authenticator, **_: Any) -> None:
    acts = {authenticator_added: "added", authenticator_removed: "removed"}
    about = f"{authenticator.get_type_display()} {acts.get(signal, 'made anew')}"
    record(Kind.SECOND_FACTOR, by=user, person=user, about=about)


@receiver(authentication_failed)
def _second_factor_failed(user: User, **_: Any) -> None:
    record(Kind.SECOND_FACTOR_FAILED, person=user, about="")
