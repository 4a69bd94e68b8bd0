"""After a promotion: drawings that nobody has labelled are answered again, in the background.

The champion's `refresh_below` stores the progress, from the newest drawing down. A task answers
drawings for a moment, updates it by compare-and-swap and sends the next task, so that new drawings
never wait for long behind old ones. The sweep sends a lost task again; one that is delivered twice
loses the compare-and-swap and sends nothing.
"""

import logging
import time

from django.db import IntegrityError

from recognizer import registry
from recognizer.answers import current, serving, stored
from recognizer.ink.image_files import BadImage
from recognizer.ink.rasterize import NoInk
from recognizer.ink.strokes import BadStrokes
from recognizer.models import Drawing, DrawingQuerySet, ModelVersion, Prediction, Upload

log = logging.getLogger(__name__)

SECONDS_AT_ONCE = 0.05
DRAWINGS_AT_ONCE = 50


def answer_again(version_id: int, below: int) -> None:
    """Answers drawings with ids below this one for a moment, and sends a task for the rest.

    Does nothing where another version is champion by now, or another task has got further.
    """
    due = ModelVersion.objects.filter(
        pk=version_id, alias=ModelVersion.Alias.CHAMPION, refresh_below=below
    )
    if not due.exists() or not _holds(version_id):
        return
    rest = _read_on(version_id, below)
    if due.update(refresh_below=rest):
        registry.ask_again(version_id, rest)


def resume() -> None:
    """Sends a task for the rest, where one was lost."""
    champion = ModelVersion.objects.champion()
    if champion is not None:
        registry.ask_again(champion.pk, champion.refresh_below)


def _holds(version_id: int) -> bool:
    """Whether this process has loaded that version, whose file may be damaged."""
    serving.model_cache.forget()
    try:
        return serving.model_cache.champion().model_version == version_id
    except serving.NoModel:
        return False


def _read_on(version_id: int, below: int) -> int | None:
    """Answers drawings for a moment. Returns the id below which some are left, None if none is."""
    until = time.monotonic() + SECONDS_AT_ONCE
    while below > 1:
        # By id range, not by count: few open drawings do not make it slower.
        first = max(below - DRAWINGS_AT_ONCE, 1)
        below = _read(version_id, first, below, until)
        if time.monotonic() >= until:
            break
    return below if below > 1 else None


def _read(version_id: int, first: int, below: int, until: float) -> int:
    drawings = _open(version_id).filter(pk__gte=first, pk__lt=below).order_by("-pk")
    predictions = Prediction.objects.filter(
        model_version=version_id, drawing__in=drawings.values("pk")
    )
    known = {prediction.drawing_id: prediction for prediction in predictions}
    for drawing in drawings:
        _answer(drawing, known.get(drawing.pk))
        if time.monotonic() >= until:
            return drawing.pk
    return first


def _open(version_id: int) -> DrawingQuerySet:
    """Drawings that nobody labelled, and that this version did not answer."""
    return Drawing.objects.filter(truth_given=False).exclude(answer__model_version=version_id)


def _answer(drawing: Drawing, known: Prediction | None) -> None:
    if known is not None:  # it was champion before
        current.record_answer(drawing, known)
        return
    try:
        stored.keep_answer(drawing, serving.read_drawing(drawing))
    except (NoInk, BadStrokes, BadImage, Upload.DoesNotExist) as error:
        log.warning("%s keeps its answer: %s", drawing, error)
    except IntegrityError:
        log.info("%s was deleted meanwhile.", drawing)
