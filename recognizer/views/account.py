"""The account page: personal reading, tokens, and deleting the account."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognizer.accounts import confirmation, new_token, tokens
from recognizer.accounts.confirmation import confirmed_only
from recognizer.answers import exemplars
from recognizer.forms import AccountForm, LeaveForm, TokenForm
from recognizer.limits import quota
from recognizer.models import ApiToken, Drawing, User, signed_in
from recognizer.services import deleting
from recognizer.views.drawings import own_drawing
from recognizer.wording import is_right_by_exemplars

# How many of the latest drawings the account page counts corrections by exemplars in.
SPARED_AMONG = 200


@require_http_methods(["GET", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The user's account: training on their drawings, personal reading, tokens, deletion."""
    if request.method == "GET":
        return _with_new_token(request)
    form = AccountForm(request.POST, instance=signed_in(request))
    if not form.is_valid():
        return _account_page(request, form=form)
    form.save()
    messages.success(request, "Saved.")
    return redirect("account")


def _with_new_token(request: HttpRequest) -> HttpResponse:
    """The account page, with the token that was just created, if any: not after a reload."""
    secret = new_token.secret_in(request)
    response = _account_page(request, new_token=secret)
    if secret:
        new_token.forget(response)
    return response


def _account_page(request: HttpRequest, **context: Any) -> HttpResponse:
    context = {
        "form": AccountForm(instance=signed_in(request)),
        "token_form": TokenForm(),
        "leave_form": LeaveForm(signed_in(request)),
        "tokens": ApiToken.objects.filter(user=signed_in(request)),
        "drawings": Drawing.objects.owned_by(signed_in(request)).count(),
        "kept_mb": quota.used(signed_in(request)) / quota.MEGABYTE,
        "most_kept_mb": settings.MOST_KEPT_MB,
        "shapes": exemplars.shapes_of(signed_in(request)).count(),
        "spared": _right_by_exemplars(signed_in(request)),
        "last": SPARED_AMONG,
        **context,
    }
    return render(request, "recognizer/account.html", context)


def _right_by_exemplars(user: User) -> int:
    """How many of the latest drawings were read correctly only because of exemplars."""
    last = Drawing.objects.owned_by(user).values_list("pk", flat=True)[:SPARED_AMONG]
    own = Drawing.objects.filter(pk__in=list(last), answer__personal__isnull=False)
    return sum(is_right_by_exemplars(drawing) for drawing in own.for_list())


@require_safe
@login_required
def shapes(request: HttpRequest) -> HttpResponse:
    """The user's exemplars, digit by digit."""
    known = exemplars.shapes_of(signed_in(request))
    by_digit = [
        (digit, [shape.drawing for shape in known if shape.digit == digit])
        for digit in [*range(10), None]
    ]
    groups = [(digit, drawings) for digit, drawings in by_digit if drawings]
    return render(request, "recognizer/shapes.html", {"groups": groups, "count": len(known)})


@require_POST
@login_required
def remove_shape(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes an exemplar."""
    found = own_drawing(request, pk)
    if not exemplars.remove(found):
        raise Http404
    messages.success(request, f"Drawing {pk} no longer decides how yours are read. It is kept.")
    return redirect("shapes")


@require_http_methods(["GET", "POST"])
@login_required
@confirmed_only
def make_token(request: HttpRequest) -> HttpResponse:
    """Creates a token, which the account page shows once."""
    if request.method == "GET":
        return redirect("account")
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account_page(request, token_form=form)
    try:
        token, secret = tokens.make(signed_in(request), **form.cleaned_data)
    except tokens.TooManyTokens as error:
        form.add_error(None, str(error))
        return _account_page(request, token_form=form)
    confirmation.notify(request, token.user, "token_made", token=token)
    return new_token.redirect_with(secret, request)


@require_POST
@login_required
def revoke_token(request: HttpRequest, public_id: UUID) -> HttpResponse:
    if not tokens.revoke(signed_in(request), public_id):
        raise Http404
    messages.success(request, "The token was revoked.")
    return redirect("account")


@require_http_methods(["GET", "POST"])
@login_required
@confirmed_only
def leave(request: HttpRequest) -> HttpResponse:
    """Deletes the account with all its drawings."""
    if request.method == "GET":  # returning from the confirmation, which dropped the form
        return redirect("account")
    form = LeaveForm(signed_in(request), request.POST)
    if not form.is_valid():
        return _account_page(request, leave_form=form)
    leaving = signed_in(request)
    confirmation.notify(request, leaving, "account_deleted", username=leaving.username)
    deleting.delete_account(leaving)
    logout(request)
    messages.success(request, "Your account and all its drawings were deleted.")
    return redirect("draw")
