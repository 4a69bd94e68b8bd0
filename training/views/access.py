"""Access control for the pages of training."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from recognizer.forms import View
from recognizer.models import signed_in


def only_with(*permissions: str) -> Callable[[View], View]:
    """For those who have one of these permissions: a visitor is sent to sign in, another person
    gets 404."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not any(signed_in(request).has_perm(one) for one in permissions):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate
