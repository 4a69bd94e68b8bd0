"""Who may see the pages of training."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from recognizer.models import signed_in

View = Callable[..., HttpResponseBase]


def staff_only(view: View) -> View:
    """Sends nobody to sign in; to a person who is not staff there is nothing here."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not signed_in(request).is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
