"""Thumbnails of the drawings that may be used for training, for staff."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from recognizer.accounts import roles
from recognizer.answers.pixels import thumbnail_of
from recognizer.models import Drawing
from training.views.access import only_with


@require_safe
@only_with(roles.REVIEW, roles.TRAIN)
def thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """A small picture of the drawing; 404 where its owner has said no to training."""
    drawing = get_object_or_404(Drawing.objects.may_teach(), pk=pk)
    content, content_type = thumbnail_of(drawing)
    return HttpResponse(content, content_type=content_type)
