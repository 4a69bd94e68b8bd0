"""Saving drawings, and having workers answer them."""

import logging
from contextlib import nullcontext

import numpy as np
import redis
from django.db import IntegrityError, transaction

from recognizer import publishing
from recognizer.answers import decoding, serving
from recognizer.answers.stored import answer_tasks, events
from recognizer.ink import rasterize
from recognizer.ink import strokes as ink_strokes
from recognizer.ink.strokes import Strokes
from recognizer.limits import quota
from recognizer.models import Drawing, Upload, User
from recognizer.pictures import thumbnails

log = logging.getLogger(__name__)

# About the size of a point in JSON.
BYTES_A_POINT = 30


class KeyReused(Exception):
    """An Idempotency-Key was sent again with different ink."""


def keep_strokes(
    *,
    owner: User,
    strokes: Strokes,
    idempotency_key: str | None = None,
    read_alone: bool = False,
) -> tuple[Drawing, bool]:
    """Stores strokes and sends a worker a task to answer them; with `read_alone`, without the
    owner's exemplars. Returns the drawing, and whether it is new.

    Raises NoInk for strokes without visible ink, and QuotaExceeded.
    """
    rasterize.from_strokes(strokes, version=serving.ink_version())
    drawing = Drawing(
        owner=owner,
        strokes=ink_strokes.as_json(strokes),
        width=strokes.width,
        height=strokes.height,
        idempotency_key=idempotency_key,
        read_alone=read_alone,
    )
    return _keep(drawing, upload=None, size=BYTES_A_POINT * len(strokes.points))


def keep_image(
    *, owner: User, content: bytes, idempotency_key: str | None = None, read_alone: bool = False
) -> tuple[Drawing, bool]:
    """Stores an uploaded image file. Arguments and result as keep_strokes; raises as that and
    decoding.decode.

    The image is stored re-encoded, as a PNG or JPEG: reading it later costs less and is safe, and
    no metadata such as the place or the camera is stored.
    """
    kept = thumbnails.compact(decoding.decode(content))
    image = Upload(content=kept).image()
    rasterize.from_image(image, version=serving.ink_version())
    height, width = image.shape[:2]
    drawing = Drawing(
        owner=owner,
        uploaded=True,
        width=width,
        height=height,
        idempotency_key=idempotency_key,
        read_alone=read_alone,
    )
    return _keep(drawing, upload=kept, size=len(kept))


def _keep(drawing: Drawing, *, upload: bytes | None, size: int) -> tuple[Drawing, bool]:
    _admit(drawing, size)
    # A single statement needs no transaction, which would take further statements.
    alone = upload is None and drawing.idempotency_key is None
    try:
        with nullcontext() if alone else transaction.atomic():
            drawing.save(force_insert=True)
            if upload is not None:
                Upload.objects.create(drawing=drawing, content=upload)
    except IntegrityError:
        earlier = _kept_under_this_key(drawing)
        if earlier is None:
            raise
        if not _is_same_ink(earlier, drawing, upload):
            raise KeyReused("This Idempotency-Key was used for another drawing.") from None
        return earlier, False
    transaction.on_commit(answer_tasks.send)
    return drawing, True


def _admit(drawing: Drawing, size: int) -> None:
    """Raises QuotaExceeded, except for a drawing that is stored already and was sent again."""
    try:
        quota.admit(drawing.owner, quota.BYTES_A_DRAWING + size)
    except quota.QuotaExceeded:
        if _kept_under_this_key(drawing) is None:
            raise


def _kept_under_this_key(drawing: Drawing) -> Drawing | None:
    if drawing.idempotency_key is None:
        return None
    mine = Drawing.objects.owned_by(drawing.owner)
    return mine.filter(idempotency_key=drawing.idempotency_key).first()


def _is_same_ink(earlier: Drawing, drawing: Drawing, upload: bytes | None) -> bool:
    if earlier.uploaded or drawing.uploaded:
        return upload is not None and earlier.uploaded and _is_same_image(earlier.upload, upload)
    same_canvas = (earlier.width, earlier.height) == (drawing.width, drawing.height)
    return same_canvas and earlier.strokes == drawing.strokes


def _is_same_image(earlier: Upload, upload: bytes) -> bool:
    """Compares pixels: other versions of the libraries encode them as other bytes."""
    return np.array_equal(earlier.image(), Upload(content=upload).image())


def wait_for_answer(drawing: Drawing, seconds: float) -> Drawing:
    """Waits up to that many seconds for the drawing's answer, and returns the drawing as it then
    is.

    Raises Drawing.DoesNotExist if it was deleted meanwhile.
    """
    try:
        events.wait(drawing.pk, seconds)
    except redis.RedisError as error:
        log.warning("Drawing %s cannot be waited for: %s", drawing.pk, error)
    # Only the answer is joined: nearly every new drawing has nothing else yet.
    with_answer = Drawing.objects.select_related("answer__personal").defer("strokes")
    return with_answer.get(pk=drawing.pk)


def sweep() -> int:
    """Sends a task to answer waiting drawings, even if one is queued, and returns how many are
    waiting.

    Raises kombu's OperationalError without a broker.
    """
    waiting = Drawing.objects.waiting().count()
    publishing.send("recognizer.sweep")
    return waiting
