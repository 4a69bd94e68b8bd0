"""What training did with an owner's drawings: fragments for the recognizer's pages, and separate
pages for browsers without JavaScript."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from recognizer.forms import HistoryFilter, takes_parameters
from recognizer.models import Drawing, DrawingQuerySet, signed_in
from recognizer.views import fragments
from training.usage.taught import last_trained_on
from training.usage.usage import summary_of, usage_of
from training.usage.wording import summary_words, usage_words


@require_safe
@login_required
def drawing_usage(request: HttpRequest, pk: int) -> HttpResponse:
    """How runs used a drawing of the user's, and the champion's answer to it."""
    mine = Drawing.objects.owned_by(signed_in(request)).select_related("owner", "label")
    found = get_object_or_404(mine, pk=pk)
    context = {"sentences": usage_words(usage_of(found)), "drawing": found}
    return _answer(request, "drawing_usage", context)


@require_safe
@login_required
@takes_parameters(HistoryFilter, "drawing")
def usage_summary(request: HttpRequest) -> HttpResponse:
    """What versions were trained on, of the drawings that match the history's filter, or of one
    (`drawing`)."""
    mine = Drawing.objects.owned_by(signed_in(request))
    form = HistoryFilter(request.GET)
    one = request.GET.get("drawing", "")
    if not form.is_valid() or not (one == "" or one.isdecimal()):
        words = "The filter cannot be read, so nothing can be said of what it shows."
        return _answer(request, "usage_summary", {"words": words}, status=400)
    found = mine.filter(pk=_own(mine, one).pk) if one else form.apply(mine)
    words = summary_words(summary_of(found), one=bool(one))
    return _answer(request, "usage_summary", {"words": words})


@require_safe
@login_required
@takes_parameters()
def taught(request: HttpRequest) -> HttpResponse:
    """The version that last learned from the user's drawings, and from which. As a fragment,
    nothing at all if there is none."""
    found = last_trained_on(signed_in(request))
    if found is None and fragments.is_asked_for(request):
        return fragments.vary_on_fragment(HttpResponse(status=204))
    return _answer(request, "taught", {"taught": found})


def _own(mine: DrawingQuerySet, number: str) -> Drawing:
    # No id has more digits, and SQLite takes no more.
    return get_object_or_404(mine, pk=number[:18])


def _answer(
    request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    fragment = f"training/usage/_{name}.html"
    template = fragment if fragments.is_asked_for(request) else "training/usage/usage_page.html"
    context |= {"fragment": fragment}
    return fragments.vary_on_fragment(render(request, template, context, status=status))
