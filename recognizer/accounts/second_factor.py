"""If STAFF_NEEDS_MFA is set, using a role or the admin requires a second factor, verified in the
session: one that was opened with the password alone does not suffice."""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import MiddlewareNotUsed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from rest_framework.request import Request

from digitsite.server.api_paths import is_api
from recognizer.models import User

NAMESPACES = {"training", "admin"}
METHOD = "mfa"  # as allauth records it
WORDS = "This needs two-factor authentication: set it up first."
WORDS_UNASKED = "This needs your second factor, which this session has not asked for yet."


def refusal(request: HttpRequest | Request, user: User) -> str:
    """Why this person may not act in a role now, as a sentence; "" if they may. For a token only
    its owner's second factor counts: creating it took a session."""
    if not settings.STAFF_NEEDS_MFA:
        return ""
    if not is_mfa_enabled(user):
        return WORDS
    has_token = isinstance(request, Request) and request.auth is not None
    return "" if has_token or _has_used_second_factor(request, user) else WORDS_UNASKED


def is_owed(request: HttpRequest) -> bool:
    """Whether the person has a second factor that this session was not asked for: it dates from
    before."""
    user = request.user
    return (
        isinstance(user, User)
        and not _has_used_second_factor(request, user)
        and bool(is_mfa_enabled(user))
    )


def _has_used_second_factor(request: HttpRequest | Request, user: User) -> bool:
    records = get_authentication_records(request, user)
    return any(record["method"] == METHOD for record in records)


@receiver(authenticator_added)
def _record_as_used(
    request: HttpRequest, user: User, authenticator: Authenticator, **_: Any
) -> None:
    """Setting up a second factor counts as using it: this session is not asked for it again."""
    record_authentication(request, user, METHOD, id=authenticator.pk, type=authenticator.type)


class SecondFactorMiddleware:
    """Redirects from pages that need a role to setting up or entering a second factor. The API's
    permissions check it themselves, for tokens too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.STAFF_NEEDS_MFA:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        match = request.resolver_match
        is_for_roles = match is not None and NAMESPACES.intersection(match.namespaces)
        if not is_for_roles or is_api(request.path):
            return None
        user = request.user
        if not isinstance(user, User) or not (user.is_staff or user.has_role):
            return None
        words = refusal(request, user)
        if not words:
            return None
        messages.warning(request, words)
        if words == WORDS:
            return redirect("mfa_index")
        back = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('mfa_reauthenticate')}?{back}")
