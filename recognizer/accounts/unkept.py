"""Keeps what is sent out of sessions where that could be much.

allauth keeps a form in the session while it asks who sent it: the request's headers too, and for as
long as the session, also of people who are not signed in. So anybody could fill the database.
"""

from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.httpkit import serialize_request
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from recognizer.accounts import confirmation

# The most characters of a request that a session keeps: its own forms have far less.
MOST_KEPT = 20_000


class UnkeptMiddleware(MiddlewareMixin):
    """Asks people to sign in or to confirm that it is them, and drops the form that they sent, if
    they are not signed in or it is long. Otherwise allauth, whose middleware comes before, keeps
    it."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ReauthenticationRequired):
            return None
        address = request.get_full_path()
        if request.user.is_anonymous:
            return redirect_to_login(address)
        is_long = len(serialize_request(request)) > MOST_KEPT
        return confirmation.redirect_to(back_to=address) if is_long else None
