"""Carries a new token over a redirect to the one page that shows it, so that reloading that page
does not create a second token. The secret is in a signed cookie, never stored on the server."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from recognizer.models import signed_in

COOKIE = "new_token"
SECONDS = 60


def redirect_with(secret: str, request: HttpRequest) -> HttpResponse:
    """Redirects to the account page, which shows the secret if it is opened within SECONDS."""
    response = redirect("account")
    response.set_signed_cookie(
        COOKIE,
        secret,
        salt=_salt(request),
        max_age=SECONDS,
        path=reverse("account"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def secret_in(request: HttpRequest) -> str | None:
    """The secret that `redirect_with` passed on, if any."""
    return request.get_signed_cookie(COOKIE, default=None, salt=_salt(request), max_age=SECONDS)


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path=reverse("account"), samesite="Strict")


def _salt(request: HttpRequest) -> str:
    # The next person who signs in with the same browser must not see it.
    return f"{COOKIE} of {signed_in(request).pk}"
