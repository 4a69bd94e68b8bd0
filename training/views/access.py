"""Access to the pages of training."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase

from recognizer.models import User, signed_in
from training.versions import promotion

View = Callable[..., HttpResponseBase]


def _only(allowed: Callable[[User], bool], view: View) -> View:
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not allowed(signed_in(request)):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def staff_only(view: View) -> View:
    """For staff alone: a visitor is sent to sign in, another person gets 404."""
    return _only(lambda person: person.is_staff, view)


def promoters_only(view: View) -> View:
    """As `staff_only`, for those who may promote a version."""
    return _only(promotion.may_promote, view)
