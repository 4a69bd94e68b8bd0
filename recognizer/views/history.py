"""The history of one's drawings: filter, export, delete."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from recognizer import export
from recognizer.accounts import confirmation
from recognizer.forms import DeletionFilter, HistoryFilter, takes_parameters
from recognizer.limits.throttles import address_of
from recognizer.models import Drawing, DrawingQuerySet, signed_in
from recognizer.pagination import EVER, NewestFirst, TimeRange
from recognizer.services import deleting
from recognizer.wording import drawing_count


@require_safe
@login_required
@ensure_csrf_cookie
@takes_parameters(HistoryFilter, "cursor", "page_size")
def history(request: HttpRequest) -> HttpResponse:
    """The user's drawings, newest first."""
    pages, asked = NewestFirst(), Request(request)
    try:
        form, drawings = _filtered(request, page=pages.span(asked))
        found = pages.paginate_queryset(drawings.for_list(), asked)
    except (NotFound, ValidationError):  # an invalid cursor or page size
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
    """The filter in the query, and the drawings that match: none if it is invalid."""
    form = HistoryFilter(request.GET)
    mine = Drawing.objects.owned_by(signed_in(request))
    return form, form.apply(mine, page=page) if form.is_valid() else mine.none()


@require_safe
@login_required
@takes_parameters(HistoryFilter, "type")
def export_history(request: HttpRequest) -> HttpResponseBase:
    """The drawings that match the history's filter, as a file."""
    form, drawings = _filtered(request)
    kind = request.GET.get("type")
    if not form.is_valid() or kind not in export.KINDS:
        return redirect(f"{reverse('history')}?{request.GET.urlencode()}")
    back = f"{reverse('history')}?{form.as_query}"
    if not confirmation.is_recent(request):
        # A download would begin on the confirmation page, which would stay open.
        messages.info(request, "Confirm that it is you, then choose the file again.")
        return confirmation.redirect_to(back_to=back)
    try:
        exported = export.response(
            drawings, kind, person=signed_in(request), address=address_of(request)
        )
    except export.TooManyExports as error:
        messages.error(request, str(error.detail))
        return redirect(back)
    confirmation.notify(request, signed_in(request), "history_exported")
    return exported


@require_http_methods(["GET", "POST"])
@login_required
@takes_parameters(HistoryFilter, sent=["all", "count"])
def delete_history(request: HttpRequest) -> HttpResponse:
    """Deletes the drawings that match the filter, after a confirmation page."""
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
    """Deletes the drawings if they are as many as the confirmation page showed."""
    mine = Drawing.objects.owned_by(signed_in(request))
    asked = DeletionFilter({**request.GET.dict(), **request.POST.dict()})
    if not asked.is_valid():
        trouble = " ".join(asked.sentences())
        return _confirmation(request, form, form.apply(mine), trouble=trouble, status=400)
    try:
        count = deleting.delete(asked.apply(mine), seen=asked.cleaned_data["count"])
    except deleting.CountDiffers as error:
        return _confirmation(request, form, form.apply(mine), trouble=str(error), status=409)
    words = f"{drawing_count(count)} deleted. What you delete is under “Recently deleted”."
    messages.success(request, words)
    return redirect("history")
