"""The site's changes to allauth's passkeys and security keys."""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core.internal import ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator

MOST, LONGEST_NAME = 20, 100
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


class _Decoder(json.JSONDecoder):
    """Also refuses whole numbers of thousands of digits, and what is nested too deeply: Django's
    field expects no other error."""

    def decode(self, text: str, *args: Any) -> Any:
        try:
            return super().decode(text, *args)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error


def _credential() -> django_forms.JSONField:
    return django_forms.JSONField(widget=django_forms.HiddenInput, decoder=_Decoder)


class AddForm(forms.AddWebAuthnForm):
    """allauth's form, but a person may have only so many, with names that a page has room for: no
    quota counts them."""

    name = django_forms.CharField(required=False, max_length=LONGEST_NAME)
    credential = _credential()

    def clean(self) -> Any:
        mine = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN)
        if mine.count() >= MOST:
            raise ValidationError(f"You have {MOST} of them already: remove one first.")
        with _unreadable_is_wrong():
            return super().clean()


class RenameForm(forms.EditWebAuthnForm):
    instance: Authenticator
    name = django_forms.CharField(max_length=LONGEST_NAME)

    def save(self) -> Authenticator:
        """Raises Http404 where the passkey was removed meanwhile: allauth would add it again."""
        with transaction.atomic():
            there = Authenticator.objects.select_for_update()
            self.instance = get_object_or_404(there, pk=self.instance.pk)
            return super().save()


class AuthenticateForm(forms.AuthenticateWebAuthnForm):
    credential = _credential()

    def clean_credential(self) -> Any:
        with _unreadable_is_wrong():
            return super().clean_credential()


class LoginForm(AuthenticateForm, forms.LoginWebAuthnForm):
    pass


class ReauthenticateForm(AuthenticateForm, forms.ReauthenticateWebAuthnForm):
    pass


@method_decorator(
    ratelimit.decorator(app="allauth.mfa", action="webauthn_challenge", limit_get=True),
    name="dispatch",
)
class PasskeyView(LoginWebAuthnView):
    """allauth's view, but asking for a challenge is limited too: each is kept in a session of its
    own, so that anybody could fill the database."""
