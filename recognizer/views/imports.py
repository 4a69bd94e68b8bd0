"""The pages of an import of labelled drawings: upload, preview, start, follow."""

import base64

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognizer.answers.pixels import thumbnail_of
from recognizer.forms import ImportForm, takes_parameters
from recognizer.imports import checking, work
from recognizer.imports.files import MOST_ROWS, BadImport
from recognizer.limits.quota import QuotaExceeded
from recognizer.limits.throttles import RateExceeded, WindowThrottle
from recognizer.models import Import, ImportRow, signed_in
from recognizer.views import fragments

SHOWN, EARLIER = 12, 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@takes_parameters(sent=["file"])
def imports(request: HttpRequest) -> HttpResponse:
    """Takes a file, and lists earlier imports."""
    if request.method != "POST":
        return _list_page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    try:
        WindowThrottle().admit_import(request)
    except RateExceeded as error:
        words = f"Too many files. Try again in {error.wait} second{'' if error.wait == 1 else 's'}."
        form.add_error("file", words)
        refused = _list_page(request, form, status=429)
        refused["Retry-After"] = str(error.wait)
        return refused
    if not form.is_valid():
        return _list_page(request, form, status=400)
    file = form.cleaned_data["file"]
    try:
        return redirect("import", work.receive(signed_in(request), file.name, file.read()).pk)
    except (BadImport, QuotaExceeded, work.AlreadyImporting) as error:
        form.add_error("file", str(error))
        return _list_page(request, form, status=400)


def _list_page(request: HttpRequest, form: ImportForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "imports": _own(request)[:EARLIER], "most": MOST_ROWS}
    return render(request, "recognizer/imports/imports.html", context, status=status)


def _own(request: HttpRequest) -> QuerySet[Import]:
    return Import.objects.filter(owner=signed_in(request))


@require_safe
@login_required
@takes_parameters()
def one_import(request: HttpRequest, pk: int) -> HttpResponse:
    """One import: its progress, what would be stored, or what was stored. As a fragment, its
    progress; 204 once it waits for its owner or is over."""
    one = get_object_or_404(_own(request), pk=pk)
    shown = _progress if fragments.is_asked_for(request) else _page
    return fragments.vary_on_fragment(shown(request, one))


def _progress(request: HttpRequest, one: Import) -> HttpResponse:
    if not one.is_working:
        return HttpResponse(status=204)
    return render(request, "recognizer/imports/_progress.html", {"one": one})


def _page(request: HttpRequest, one: Import) -> HttpResponse:
    is_checked = one.state == Import.State.CHECKED
    context = {
        "one": one,
        "digits": work.digits(one) if is_checked else {},
        "shortage": work.shortage(one) if is_checked else "",
        "first": _first(one) if is_checked else [],
        "refusals": work.refusals(one, work.MOST_REFUSALS),
    }
    return render(request, "recognizer/imports/import.html", context)


def _first(one: Import) -> list[tuple[ImportRow, str]]:
    """The first rows that can be stored, each with its picture as a data URL."""
    ready = one.rows.filter(state=ImportRow.State.READY)[:SHOWN]
    return [(row, _picture(row)) for row in ready]


def _picture(row: ImportRow) -> str:
    content, content_type = thumbnail_of(checking.drawing_of(row))
    return f"data:{content_type};base64,{base64.b64encode(content).decode()}"


@require_POST
@login_required
@takes_parameters(sent=[])
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins to store a checked import."""
    one = get_object_or_404(_own(request), pk=pk)
    try:
        work.start(one)
    except work.NotChecked as error:
        messages.error(request, str(error))
    return redirect("import", pk)


@require_POST
@login_required
@takes_parameters(sent=[])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes an import and its report. Stored drawings stay."""
    work.discard(get_object_or_404(_own(request), pk=pk))
    messages.success(request, "The import was deleted. Its drawings were kept.")
    return redirect("imports")
