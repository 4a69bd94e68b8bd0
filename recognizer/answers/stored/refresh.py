"""Answers unlabelled drawings again after a promotion, in the background."""

import time

from recognizer import backfill
from recognizer.answers import serving
from recognizer.answers.stored import worker
from recognizer.models import Drawing, DrawingQuerySet, Prediction

SECONDS_AT_ONCE = 0.05
DRAWINGS_AT_ONCE = 32
IDS_AT_ONCE = 256


def answer_again(version_id: int, below: int) -> None:
    """Answers drawings with ids below this one for SECONDS_AT_ONCE, and sends a task for the
    rest."""
    if serving.has_loaded(version_id):
        backfill.ANSWERS.go_on(version_id, below, _read_on)


def _read_on(version_id: int, below: int) -> int | None:
    """Answers drawings for SECONDS_AT_ONCE. Returns the id below which some are left; None if none
    is."""
    until = time.monotonic() + SECONDS_AT_ONCE
    while below > 1:
        # By a range of ids, not only by a count: that is as fast where few drawings are open.
        below = _read(version_id, max(below - IDS_AT_ONCE, 1), below)
        if time.monotonic() >= until:
            break
    return below if below > 1 else None


def _read(version_id: int, first: int, below: int) -> int:
    """Answers a batch of open drawings with ids from `first` to `below`. Returns the id below which
    some are left."""
    drawings = list(_open(version_id).filter(pk__gte=first, pk__lt=below)[:DRAWINGS_AT_ONCE])
    if not drawings:
        return first
    known = Prediction.objects.filter(model_version=version_id, drawing__in=drawings)
    # It may have been champion before.
    worker.answer(drawings, known=set(known.values_list("drawing_id", flat=True)))
    return drawings[-1].pk if len(drawings) == DRAWINGS_AT_ONCE else first


def _open(version_id: int) -> DrawingQuerySet:
    """Unlabelled drawings whose answer is another version's, newest first."""
    others = Drawing.objects.filter(truth_given=False, answer__isnull=False)
    return others.exclude(answer__model_version=version_id).select_related("upload").order_by("-pk")
