"""The page of recently deleted drawings: restore them, or delete them permanently."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from recognizer.accounts.confirmation import confirmed_only
from recognizer.answers.pixels import thumbnail_of
from recognizer.forms import Everything, takes_parameters
from recognizer.models import Drawing, DrawingQuerySet, signed_in
from recognizer.pagination import NewestFirst
from recognizer.services import deleting
from recognizer.wording import drawing_count


@require_safe
@login_required
@takes_parameters("cursor", "page_size")
def deleted(request: HttpRequest) -> HttpResponse:
    """The user's recently deleted drawings, newest first."""
    return _deleted_page(request)


def _deleted_page(request: HttpRequest, *, trouble: str = "", status: int = 200) -> HttpResponse:
    pages, mine = NewestFirst(), _own_deleted(request)
    try:
        found = pages.paginate_queryset(mine.for_list(), Request(request))
    except (NotFound, ValidationError):
        return redirect("deleted")
    context = {
        "drawings": [(one, deleting.kept_until(one)) for one in found or []],
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
@takes_parameters(sent=["all", "count"])
def restore(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Restores one drawing, or all that the person saw."""
    return _decide(request, pk, deleting.restore, "brought back")


@require_http_methods(["GET", "POST"])
@login_required
@confirmed_only
@takes_parameters(sent=["all", "count"])
def erase(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Erases one drawing, or all that the person saw."""
    if request.method == "GET":  # returning from the confirmation, which dropped the form
        return redirect("deleted")
    return _decide(request, pk, deleting.erase, "deleted permanently")


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
    except deleting.CountDiffers as error:
        return _deleted_page(request, trouble=str(error), status=409)
    messages.success(request, f"{drawing_count(count)} {done}.")
    return redirect("deleted")


@require_safe
@login_required
def thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """A small picture of a deleted drawing."""
    content, content_type = thumbnail_of(get_object_or_404(_own_deleted(request), pk=pk))
    return HttpResponse(content, content_type=content_type)
