"""After a promotion: drawings that nobody has labelled are answered again, in the background.

The champion's `refresh_below` stores the progress, from the newest drawing down. A task answers
drawings for a moment, updates it by compare-and-swap and sends the next task, so that new drawings
never wait for long behind old ones. The sweep sends a lost task again; one that is delivered twice
loses the compare-and-swap and sends nothing.
"""

import time

from recognizer import registry
from recognizer.answers import serving, stored
from recognizer.models import Drawing, DrawingQuerySet, ModelVersion, Prediction

SECONDS_AT_ONCE = 0.05
DRAWINGS_AT_ONCE = 32
IDS_AT_ONCE = 256


def answer_again(version_id: int, below: int) -> None:
    """Answers drawings with ids below this one for a moment, and sends a task for the rest.

    Does nothing where another version is champion by now, or another task has got further.
    """
    due = ModelVersion.objects.filter(
        pk=version_id, alias=ModelVersion.Alias.CHAMPION, refresh_below=below
    )
    if not due.exists() or not serving.holds(version_id):
        return
    rest = _read_on(version_id, below)
    if due.update(refresh_below=rest):
        registry.ask_again(version_id, rest)


def resume() -> None:
    """Sends a task for the rest, where one was lost."""
    champion = ModelVersion.objects.champion()
    if champion is not None:
        registry.ask_again(champion.pk, champion.refresh_below)


def _read_on(version_id: int, below: int) -> int | None:
    """Answers drawings for a moment. Returns the id below which some are left, None if none is."""
    until = time.monotonic() + SECONDS_AT_ONCE
    while below > 1:
        # By id range, not by count alone: few open drawings do not make it slower.
        below = _read(version_id, max(below - IDS_AT_ONCE, 1), below)
        if time.monotonic() >= until:
            break
    return below if below > 1 else None


def _read(version_id: int, first: int, below: int) -> int:
    """Answers a batch of those with ids from `first` to `below`. Returns the id below which some
    are left."""
    drawings = list(_open(version_id).filter(pk__gte=first, pk__lt=below)[:DRAWINGS_AT_ONCE])
    if not drawings:
        return first
    known = Prediction.objects.filter(model_version=version_id, drawing__in=drawings)
    # It may have been champion before.
    stored.answer(drawings, known=set(known.values_list("drawing_id", flat=True)))
    return drawings[-1].pk if len(drawings) == DRAWINGS_AT_ONCE else first


def _open(version_id: int) -> DrawingQuerySet:
    """Drawings that nobody labelled, and that another version answered, newest first."""
    others = Drawing.objects.filter(truth_given=False, answer__isnull=False)
    return others.exclude(answer__model_version=version_id).select_related("upload").order_by("-pk")
