"""Where STAFF_NEEDS_MFA is set, whoever has a role or opens the admin needs a second factor."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from recognizer.models import User

NAMESPACES = {"training", "admin"}
WORDS = "This takes a second factor when you sign in: set one up first."


def is_missing(user: User) -> bool:
    """Whether this user still has to set one up."""
    return settings.STAFF_NEEDS_MFA and not is_mfa_enabled(user)


class SecondFactorMiddleware:
    """Leads from the pages for roles to where a second factor is set up. The API's permissions
    refuse by themselves, tokens too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.STAFF_NEEDS_MFA:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        match = request.resolver_match
        is_for_roles = match is not None and NAMESPACES.intersection(match.namespaces)
        if not is_for_roles or request.path.startswith("/api/"):
            return None
        user = request.user
        if not isinstance(user, User) or not (user.is_staff or user.has_role):
            return None
        if not is_missing(user):
            return None
        messages.warning(request, WORDS)
        return redirect("mfa_index")
