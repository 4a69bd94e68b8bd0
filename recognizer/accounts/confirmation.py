"""Reauthentication: sensitive actions ask for the password again.

On pages allauth asks for the password and then continues with the request; the API refuses.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from recognizer.models import User

confirmed_only = reauthentication_required(allow_get=False)
is_recent = did_recently_reauthenticate


class ConfirmationNeeded(PermissionDenied):
    default_code = "confirmation_needed"

    def __init__(self) -> None:
        where = reverse("account_reauthenticate")
        super().__init__(f"Confirm that it is you at {where}, then ask again.")


def require_for_session(request: Request) -> None:
    """Raises ConfirmationNeeded. A request by token needs none: creating the token did."""
    if request.auth is None and not is_recent(request._request):
        raise ConfirmationNeeded


def redirect_to(*, back_to: str) -> HttpResponse:
    """Asks for the password, and then redirects to that address."""
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back_to})}")


def in_admin(view: Callable[..., Any], *, allow_get: bool) -> Callable[..., Any]:
    """Decorates an admin page so that it asks for the password first. The submitted form is not
    kept meanwhile: it may hold a new password."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        harmless = allow_get and request.method in ("GET", "HEAD")
        if harmless or not admin.site.has_permission(request) or is_recent(request):
            return view(request, *args, **kwargs)
        return redirect_to(back_to=request.get_full_path())

    return asked


def notify(request: HttpRequest | Request, user: User, what: str, **context: object) -> None:
    """Mails the notice with that name in templates/account/email/."""
    get_adapter(request).send_notification_mail(f"account/email/{what}", user, context)
