"""The site's changes to allauth's passkeys and security keys."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core.internal import ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator

# What fido2 raises for bytes that no authenticator sends.
UNREADABLE = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError,
    RecursionError, struct.error,
)  # fmt: skip


@contextmanager
def _unreadable_is_wrong() -> Iterator[None]:
    """Raises ValidationError for a credential that cannot be read, as for a wrong one."""
    try:
        yield
    except UNREADABLE as error:
        raise get_adapter().validation_error("incorrect_code") from error


class AddForm(forms.AddWebAuthnForm):
    def clean(self) -> Any:
        with _unreadable_is_wrong():
            return super().clean()


class RenameForm(forms.EditWebAuthnForm):
    instance: Authenticator

    def save(self) -> Authenticator:
        """Raises Http404 where the passkey was removed meanwhile: allauth would add it again."""
        with transaction.atomic():
            there = Authenticator.objects.select_for_update()
            self.instance = get_object_or_404(there, pk=self.instance.pk)
            return super().save()


class AuthenticateForm(forms.AuthenticateWebAuthnForm):
    def clean_credential(self) -> Any:
        with _unreadable_is_wrong():
            return super().clean_credential()


class LoginForm(forms.LoginWebAuthnForm, AuthenticateForm):
    pass


class ReauthenticateForm(forms.ReauthenticateWebAuthnForm, AuthenticateForm):
    pass


@method_decorator(
    ratelimit.decorator(app="allauth.mfa", action="webauthn_challenge", limit_get=True),
    name="dispatch",
)
class PasskeyView(LoginWebAuthnView):
    """allauth's view, but asking for a challenge is limited too: each is kept in a session of its
    own, so that anybody could fill the database."""
