"""The draw page, and one drawing's page and pictures."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from recognizer.answers.answering import pixels_answered
from recognizer.answers.pixels import thumbnail_of
from recognizer.models import Drawing, ModelVersion, Share, signed_in
from recognizer.pictures import thumbnails
from recognizer.services import deleting

# How many of the latest drawings the draw page shows.
RECENT = 8
# Users with fewer drawings are offered the first sheet there.
FEW = 3
# The longer side of an upload on its page, in pixels.
ORIGINAL_SIDE = 1200


@gzip_page
@require_safe
@ensure_csrf_cookie
def draw(request: HttpRequest) -> HttpResponse:
    """The draw page: live answers for everybody; signed-in people can save."""
    context: dict[str, Any]
    if request.user.is_authenticated:
        recent = list(Drawing.objects.owned_by(request.user).for_list()[:RECENT])
        context = {"recent": recent, "offers_first_sheet": len(recent) < FEW}
    else:
        context = {"champion": ModelVersion.objects.champion()}
    return render(request, "recognizer/draw.html", context)


@require_safe
@login_required
@ensure_csrf_cookie
def first_sheet(request: HttpRequest) -> HttpResponse:
    """A page on which to write 0 to 9 once each, so that personal reading starts soon."""
    return render(request, "recognizer/first_sheet.html")


# One drawing ------------------------------------------------------------------------------------


def own_drawing(request: HttpRequest, pk: int) -> Drawing:
    """A drawing of the user's, with its answers. Raises Http404."""
    mine = Drawing.objects.owned_by(signed_in(request))
    return get_object_or_404(mine.with_answers(), pk=pk)


@require_safe
@login_required
@ensure_csrf_cookie
def drawing(request: HttpRequest, pk: int) -> HttpResponse:
    """One drawing: its strokes replayed, every prediction, the history of its labels."""
    found = own_drawing(request, pk)
    context = {
        "drawing": found,
        "predictions": found.predictions.select_related("personal"),
        "labels": found.labels.select_related("author"),
        "replay": {"strokes": found.strokes, "width": found.width, "height": found.height},
        "share": Share.objects.filter(drawing=found).first(),
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
    deleting.delete(Drawing.objects.filter(pk=own_drawing(request, pk).pk))
    messages.success(request, "The drawing was deleted. You can find it under “Recently deleted”.")
    return redirect("history")


@require_safe
@login_required
def thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawing for a list: an SVG of its strokes, or a small PNG of its upload."""
    content, content_type = thumbnail_of(own_drawing(request, pk))
    return HttpResponse(content, content_type=content_type)


@require_safe
@login_required
def original(request: HttpRequest, pk: int) -> HttpResponse:
    """The upload, re-encoded as a PNG: bytes that somebody sent are never served."""
    found = own_drawing(request, pk)
    if not found.uploaded:
        raise Http404
    shown = thumbnails.thumbnail(found.upload.image(), side=ORIGINAL_SIDE)
    return HttpResponse(shown, content_type="image/png")


@require_safe
@login_required
def pixels(request: HttpRequest, pk: int) -> HttpResponse:
    """The 28x28 picture for which the answer was given, as a PNG."""
    seen = pixels_answered(own_drawing(request, pk))
    return HttpResponse(thumbnails.png(seen), content_type="image/png")
