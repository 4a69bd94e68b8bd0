"""The pages for people: draw, history, a drawing, the account."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from recognizer import export, services
from recognizer.accounts import confirmation, new_token, tokens
from recognizer.accounts.confirmation import confirmed_only
from recognizer.answers import exemplars
from recognizer.answers.pixels import thumbnail_of
from recognizer.answers.serving import pixels_answered
from recognizer.forms import (
    AccountForm,
    DeletionFilter,
    Everything,
    HistoryFilter,
    LeaveForm,
    TokenForm,
    takes_parameters,
)
from recognizer.ink import thumbnails
from recognizer.models import ApiToken, Drawing, DrawingQuerySet, ModelVersion, User, signed_in
from recognizer.pagination import EVER, NewestFirst, TimeRange
from recognizer.wording import is_spared

# How many of one's last drawings the draw page shows.
RECENT = 8
# Of how many of one's last drawings the account page says what one's shapes spared.
SPARED_AMONG = 200
# Pixels of the longer side of an upload on its page.
ORIGINAL_SIDE = 1200


@require_safe
@ensure_csrf_cookie
def draw(request: HttpRequest) -> HttpResponse:
    """The draw page: live answers for all; people who are signed in can save."""
    context: dict[str, Any]
    if request.user.is_authenticated:
        context = {"recent": list(Drawing.objects.owned_by(request.user).for_list()[:RECENT])}
    else:
        context = {"champion": ModelVersion.objects.champion()}
    return render(request, "recognizer/draw.html", context)


@require_safe
@login_required
@ensure_csrf_cookie
@takes_parameters(HistoryFilter, "cursor", "page_size")
def history(request: HttpRequest) -> HttpResponse:
    """One's drawings, newest first."""
    pages, asked = NewestFirst(), Request(request)
    try:
        form, drawings = _filtered(request, page=pages.span(asked))
        found = pages.paginate_queryset(drawings.for_list(), asked)
    except (NotFound, ValidationError):  # a cursor or a page's size that is none
        return redirect("history")
    context = {
        "form": form,
        "drawings": found,
        "newer": pages.get_previous_link(),
        "older": pages.get_next_link(),
        "filter": form.as_query,
    }
    status = 200 if form.is_valid() else 400
    return render(request, "recognizer/history.html", context, status=status)


def _filtered(
    request: HttpRequest, *, page: TimeRange = EVER
) -> tuple[HistoryFilter, DrawingQuerySet]:
    """The filter in the address, and the drawings it selects: none where it is invalid."""
    form = HistoryFilter(request.GET)
    mine = Drawing.objects.owned_by(signed_in(request))
    return form, form.apply(mine, page=page) if form.is_valid() else mine.none()


@require_safe
@login_required
@takes_parameters(HistoryFilter, "type")
def export_history(request: HttpRequest) -> HttpResponseBase:
    """The drawings that the history shows with the same filter, as a file."""
    form, drawings = _filtered(request)
    kind = request.GET.get("type")
    if not form.is_valid() or kind not in export.KINDS:
        return redirect(f"{reverse('history')}?{request.GET.urlencode()}")
    back = f"{reverse('history')}?{form.as_query}"
    if not confirmation.is_recent(request):
        # A download would begin on the confirmation's page, which would then stay.
        messages.info(request, "Confirm that it is you, then choose the file again.")
        return confirmation.ask(back_to=back)
    try:
        exported = export.response(drawings, kind)
    except export.TooManyExports as error:
        messages.error(request, str(error.detail))
        return redirect(back)
    confirmation.notify(request, signed_in(request), "history_exported")
    return exported


@require_http_methods(["GET", "POST"])
@login_required
@takes_parameters(HistoryFilter)
def delete_history(request: HttpRequest) -> HttpResponse:
    """Deletes the drawings that the filter selects, after a confirmation page."""
    form, drawings = _filtered(request)
    if not form.is_valid():
        return redirect("history")
    if request.method == "POST":
        return _deleted(request, form)
    return _confirmation(request, form, drawings)


def _confirmation(
    request: HttpRequest,
    form: HistoryFilter,
    drawings: DrawingQuerySet,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"count": drawings.count(), "filter": form.as_query, "trouble": trouble}
    return render(request, "recognizer/delete_history.html", context, status=status)


def _deleted(request: HttpRequest, form: HistoryFilter) -> HttpResponse:
    """Deletes what the confirmation page showed, if that is what there is."""
    mine = Drawing.objects.owned_by(signed_in(request))
    asked = DeletionFilter({**request.GET.dict(), **request.POST.dict()})
    if not asked.is_valid():
        trouble = " ".join(asked.sentences())
        return _confirmation(request, form, form.apply(mine), trouble=trouble, status=400)
    try:
        count = services.delete(asked.apply(mine), seen=asked.cleaned_data["count"])
    except services.CountDiffers as error:
        return _confirmation(request, form, form.apply(mine), trouble=str(error), status=409)
    words = f"{_drawings(count)} deleted. You find what is deleted under “Lately deleted”."
    messages.success(request, words)
    return redirect("history")


def _drawings(count: int) -> str:
    return "1 drawing" if count == 1 else f"{count} drawings"


# Lately deleted ---------------------------------------------------------------------------------


@require_safe
@login_required
@takes_parameters("cursor", "page_size")
def deleted(request: HttpRequest) -> HttpResponse:
    """One's lately deleted drawings, newest first."""
    return _deleted_page(request)


def _deleted_page(request: HttpRequest, *, trouble: str = "", status: int = 200) -> HttpResponse:
    pages, mine = NewestFirst(), _own_deleted(request)
    try:
        found = pages.paginate_queryset(mine.for_list(), Request(request))
    except (NotFound, ValidationError):
        return redirect("deleted")
    context = {
        "drawings": [(one, services.kept_until(one)) for one in found or []],
        "count": mine.count(),
        "newer": pages.get_previous_link(),
        "older": pages.get_next_link(),
        "trouble": trouble,
    }
    return render(request, "recognizer/deleted.html", context, status=status)


def _own_deleted(request: HttpRequest) -> DrawingQuerySet:
    return Drawing.all_objects.deleted().owned_by(signed_in(request))


@require_POST
@login_required
def restore(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Brings one back, or all as they were seen."""
    return _decide(request, pk, services.restore, "brought back")


@require_POST
@login_required
def erase(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Deletes one for ever, or all as they were seen."""
    return _decide(request, pk, services.erase, "deleted for ever")


def _decide(
    request: HttpRequest, pk: int | None, act: Callable[..., int], done: str
) -> HttpResponse:
    mine, seen = _own_deleted(request), None
    if pk is not None:
        mine = mine.filter(pk=get_object_or_404(mine, pk=pk).pk)
    else:
        asked = Everything(request.POST)
        if not asked.is_valid():
            return _deleted_page(request, trouble="Say for how many drawings.", status=400)
        seen = asked.cleaned_data["count"]
    try:
        count = act(mine, seen=seen)
    except services.CountDiffers as error:
        return _deleted_page(request, trouble=str(error), status=409)
    messages.success(request, f"{_drawings(count)} {done}.")
    return redirect("deleted")


@require_safe
@login_required
def deleted_thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """A small picture of a deleted drawing."""
    content, content_type = thumbnail_of(get_object_or_404(_own_deleted(request), pk=pk))
    return HttpResponse(content, content_type=content_type)


# One drawing ------------------------------------------------------------------------------------


def _own(request: HttpRequest, pk: int, **kwargs: Any) -> Drawing:
    mine = Drawing.objects.owned_by(signed_in(request))
    return get_object_or_404(mine.with_answers(), pk=pk)


@require_safe
@login_required
@ensure_csrf_cookie
def drawing(request: HttpRequest, pk: int) -> HttpResponse:
    """One drawing: its strokes replayed, every prediction, the history of its labels."""
    found = _own(request, pk)
    context = {
        "drawing": found,
        "predictions": found.predictions.select_related("personal"),
        "labels": found.labels.select_related("author"),
        "replay": {"strokes": found.strokes, "width": found.width, "height": found.height},
        **_neighbours(found),
    }
    return render(request, "recognizer/drawing.html", context)


def _neighbours(found: Drawing) -> dict[str, Drawing | None]:
    """The owner's drawings before and after this one."""
    mine = Drawing.objects.owned_by(found.owner).only("pk", "created_at")
    older = mine.filter(created_at__lt=found.created_at).order_by("-created_at")
    newer = mine.filter(created_at__gt=found.created_at).order_by("created_at")
    return {"older": older.first(), "newer": newer.first()}


@require_POST
@login_required
def delete_drawing(request: HttpRequest, pk: int) -> HttpResponse:
    services.delete(Drawing.objects.filter(pk=_own(request, pk).pk))
    messages.success(request, "The drawing is deleted. You find it under “Lately deleted”.")
    return redirect("history")


@require_safe
@login_required
def thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawing for a list: an SVG of its strokes, or a small PNG of its upload."""
    content, content_type = thumbnail_of(_own(request, pk))
    return HttpResponse(content, content_type=content_type)


@require_safe
@login_required
def original(request: HttpRequest, pk: int) -> HttpResponse:
    """The upload, re-encoded as a PNG: the bytes that somebody sent are never served."""
    found = _own(request, pk)
    if not found.uploaded:
        raise Http404
    shown = thumbnails.thumbnail(found.upload.image(), side=ORIGINAL_SIDE)
    return HttpResponse(shown, content_type="image/png")


@require_safe
@login_required
def pixels(request: HttpRequest, pk: int) -> HttpResponse:
    """The 28x28 picture that its answer was given for, as a PNG."""
    seen = pixels_answered(_own(request, pk))
    return HttpResponse(thumbnails.png(seen), content_type="image/png")


@require_http_methods(["GET", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """One's account: whether one's drawings teach, how one is read, tokens, and the way out."""
    if request.method == "GET":
        return _with_new_token(request)
    form = AccountForm(request.POST, instance=signed_in(request))
    if not form.is_valid():
        return _account_page(request, form=form)
    form.save()
    messages.success(request, "Saved.")
    return redirect("account")


def _with_new_token(request: HttpRequest) -> HttpResponse:
    """The account page, with the token that was just made, if one was: a reload has none."""
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
        "shapes": exemplars.shapes_of(signed_in(request)).count(),
        "spared": _spared(signed_in(request)),
        "last": SPARED_AMONG,
        **context,
    }
    return render(request, "recognizer/account.html", context)


def _spared(user: User) -> int:
    """How many of one's last drawings were read right because they were read the way one writes."""
    last = Drawing.objects.owned_by(user).values_list("pk", flat=True)[:SPARED_AMONG]
    own = Drawing.objects.filter(pk__in=list(last), answer__personal__isnull=False)
    return sum(is_spared(drawing) for drawing in own.for_list())


@require_safe
@login_required
def shapes(request: HttpRequest) -> HttpResponse:
    """The drawings by which one's writing is known, digit by digit."""
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
    """Has one's drawings no longer read by this one."""
    found = _own(request, pk)
    if not exemplars.remove(found):
        raise Http404
    messages.success(request, f"You are no longer read by drawing {pk}. It is kept.")
    return redirect("shapes")


@require_http_methods(["GET", "POST"])
@login_required
@confirmed_only
def make_token(request: HttpRequest) -> HttpResponse:
    """Makes a token; the account page shows it, this once."""
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
def revoke_token(request: HttpRequest, public_id: str) -> HttpResponse:
    get_object_or_404(ApiToken, user=signed_in(request), public_id=public_id).delete()
    messages.success(request, "The token is revoked.")
    return redirect("account")


@require_http_methods(["GET", "POST"])
@login_required
@confirmed_only
def leave(request: HttpRequest) -> HttpResponse:
    """Deletes the account with all its drawings."""
    if request.method == "GET":  # back from the confirmation, which lost what was sent
        return redirect("account")
    form = LeaveForm(signed_in(request), request.POST)
    if not form.is_valid():
        return _account_page(request, leave_form=form)
    leaving = signed_in(request)
    confirmation.notify(request, leaving, "account_deleted", username=leaving.username)
    services.delete_account(leaving)
    logout(request)
    messages.success(request, "Your account and all its drawings are deleted.")
    return redirect("draw")
