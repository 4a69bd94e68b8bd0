"""What an owner is told of what their drawings taught: fragments for the recognizer's pages, and
pages of their own for who comes without JavaScript."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from recognizer.forms import HistoryFilter
from recognizer.models import Drawing, DrawingQuerySet, signed_in
from training.usage.usage import summary_of, usage_of
from training.usage.wording import in_words, summary_in_words

# What the module that fetches a fragment sends.
FRAGMENT = "X-Fragment"


@require_GET
@login_required
@never_cache
def lesson(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of one's drawing."""
    mine = Drawing.objects.owned_by(signed_in(request)).select_related("owner", "label")
    found = get_object_or_404(mine, pk=pk)
    context = {"sentences": in_words(usage_of(found)), "drawing": found}
    return _answer(request, "lesson", context)


@require_GET
@login_required
@never_cache
def lessons(request: HttpRequest) -> HttpResponse:
    """What the drawings taught that the history's filter lets through, or one (`drawing`)."""
    mine = Drawing.objects.owned_by(signed_in(request))
    form = HistoryFilter(request.GET)
    one = request.GET.get("drawing", "")
    if not form.is_valid() or not (one == "" or one.isdecimal()):
        words = "The filter cannot be read, so nothing can be said of what it shows."
        return _answer(request, "lessons", {"words": words}, status=400)
    found = mine.filter(pk=_own(mine, one).pk) if one else form.apply(mine)
    words = summary_in_words(summary_of(found), one=bool(one))
    return _answer(request, "lessons", {"words": words})


def _own(mine: DrawingQuerySet, number: str) -> Drawing:
    # No id has more digits, and SQLite takes no more.
    return get_object_or_404(mine, pk=number[:18])


def _answer(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    bare = FRAGMENT in request.headers
    template = f"training/_{name}.html" if bare else "training/lesson_page.html"
    context |= {"fragment": f"training/_{name}.html"}
    response = render(request, template, context, status=status)
    response["Vary"] = f"{FRAGMENT}, Cookie"
    return response
