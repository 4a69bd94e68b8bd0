"""Use cases of drawings: save, have answered, label, delete, restore."""

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
import redis
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Count, Max
from django.utils import timezone

from recognizer import publishing
from recognizer.accounts import roles
from recognizer.accounts.audit.log import Kind, record
from recognizer.answers import asking, current, decoding, events, exemplars, serving
from recognizer.ink import rasterize, thumbnails
from recognizer.ink import strokes as ink_strokes
from recognizer.ink.strokes import Strokes
from recognizer.limits import quota
from recognizer.models import Drawing, DrawingQuerySet, Import, Label, Upload, User
from recognizer.wording import drawing_count

log = logging.getLogger(__name__)

CHANGED_AT_ONCE = 500
# Uploads, of up to megabytes each, are in memory at a time.
READ_AT_ONCE = 5
# A deleted drawing can be brought back for so long.
KEPT_DELETED = dt.timedelta(days=30)

# About as many as JSON takes for one.
BYTES_A_POINT = 30


class KeyReused(Exception):
    """An Idempotency-Key came again with other ink."""


class CountDiffers(Exception):
    """There are more drawings, or fewer, than the person saw."""


class NotAllowed(Exception):
    """This person may not do that to this drawing."""


class AccountGone(NotAllowed):
    """The person's account was deleted since they asked."""


def keep_strokes(
    *,
    owner: User,
    strokes: Strokes,
    idempotency_key: str | None = None,
    read_alone: bool = False,
) -> tuple[Drawing, bool]:
    """Stores ink and asks a worker to read it: the way its owner writes, unless `read_alone`.
    Returns the drawing, and whether it is new.

    Raises NoInk for strokes that leave nothing to read, and QuotaExceeded.
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
    """Stores an uploaded image, as keep_strokes does. Raises as that and decoding.decode do.

    What is stored is what is read, as a PNG or a JPEG: whoever reads it again has neither the cost
    nor the dangers of the file that came, and no place or camera is stored with it.
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
    with refusing_the_gone(drawing.owner):
        return _written(drawing, upload)


def _written(drawing: Drawing, upload: bytes | None) -> tuple[Drawing, bool]:
    # What one statement writes alone needs no more of them for a transaction.
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
    transaction.on_commit(asking.ask)
    return drawing, True


def _admit(drawing: Drawing, size: int) -> None:
    """Raises QuotaExceeded, but not where the drawing is kept already and was only sent again."""
    try:
        quota.admit(drawing.owner, size)
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
    """By pixels: other versions of the libraries write them as other bytes."""
    return np.array_equal(earlier.image(), Upload(content=upload).image())


def wait_for_answer(drawing: Drawing, seconds: float) -> Drawing:
    """The drawing as it is when it is answered, or after that many seconds.

    Raises DoesNotExist where it was deleted meanwhile.
    """
    try:
        events.wait(drawing.pk, seconds)
    except redis.RedisError as error:
        log.warning("Drawing %s cannot be waited for: %s", drawing.pk, error)
    # Of what it may have beside its answer nearly every one has nothing yet, to be joined.
    with_answer = Drawing.objects.select_related("answer__personal").defer("strokes")
    return with_answer.get(pk=drawing.pk)


def sweep() -> int:
    """Asks a worker to answer what waits, however often one was asked, and returns how many do.

    Raises kombu's OperationalError without a broker.
    """
    waiting = Drawing.objects.waiting().count()
    publishing.send("recognizer.sweep")
    return waiting


def label(*, drawing: Drawing, author: User, digit: int | None) -> Label:
    """Adds what a person says the drawing is: 0 to 9, or None for "not a digit".

    The owner speaks as owner, a reviewer of other people's. From the owner's next stroke on, it is
    an exemplar of how they write. Raises NotAllowed, and Drawing.DoesNotExist where it was deleted
    meanwhile, perhaps with its owner's account.
    """
    role, shape = _role(drawing, author), exemplars.shape_of(drawing)
    with refusing_the_gone(author), transaction.atomic():
        _hold([drawing.pk])
        return _add_label(drawing, author=author, role=role, digit=digit, shape=shape)


def label_each(ids: Collection[int], *, author: User, digit: int | None) -> None:
    """Adds what a person says that each of these drawings is, as `label` does: to all of them, or,
    where it raises, to none."""
    whole = Drawing.objects.filter(pk__in=ids).select_related("upload")
    shapes = {one.pk: exemplars.shape_of(one) for one in whole.iterator(chunk_size=READ_AT_ONCE)}
    with refusing_the_gone(author), transaction.atomic():
        for drawing in _hold(ids):
            role, shape = _role(drawing, author), shapes.get(drawing.pk)
            _add_label(drawing, author=author, role=role, digit=digit, shape=shape)


def _add_label(
    drawing: Drawing,
    *,
    author: User,
    role: Label.Role,
    digit: int | None,
    shape: exemplars.Shape | None,
) -> Label:
    added = Label.objects.create(drawing=drawing, author=author, role=role, digit=digit)
    current.record_label(drawing, added)
    exemplars.follow_label(drawing, shape)
    return added


def withdraw_label(drawing: Drawing) -> None:
    """Takes back what the owner said the drawing is. Where they said nothing, nothing happens.
    Raises Drawing.DoesNotExist where it was deleted meanwhile."""
    withdraw_labels([drawing.pk])


def withdraw_labels(ids: Collection[int]) -> int:
    """Takes back what their owners said that these drawings are, of all or, where it raises, of
    none. Returns of how many they had said something. Raises as `withdraw_label` does."""
    with transaction.atomic():
        said = [drawing for drawing in _hold(ids) if drawing.owner_label_id is not None]
        for drawing in said:
            withdrawal = Label.objects.create(
                drawing=drawing, author_id=drawing.owner_id, role=Label.Role.OWNER, withdrawn=True
            )
            current.record_withdrawal(drawing, withdrawal)
            exemplars.follow_label(drawing)
    return len(said)


def _hold(ids: Collection[int]) -> list[Drawing]:
    """The drawings as they are, kept from being deleted until the transaction ends. Raises
    Drawing.DoesNotExist.

    Each transaction holds all of its drawings, in their order, before it writes: of two that wait
    for each other's rows neither would go on.
    """
    held = Drawing.objects.select_for_update().only("owner", "owner_label").order_by("pk")
    found = list(held.filter(pk__in=ids))
    missing = set(ids) - {drawing.pk for drawing in found}
    if missing:
        raise Drawing.DoesNotExist(f"Drawing {min(missing)} is not there.")
    return found


@contextmanager
def refusing_the_gone(person: User) -> Iterator[None]:
    """Raises AccountGone where nothing can be written of a person whose account was deleted since
    they asked."""
    try:
        yield
    except DatabaseError as error:
        if User.objects.filter(pk=person.pk).exists():
            raise
        raise AccountGone("The account was deleted.") from error


def _role(drawing: Drawing, author: User) -> Label.Role:
    if drawing.owner_id == author.pk:
        return Label.Role.OWNER
    if author.has_perm(roles.REVIEW):
        return Label.Role.REVIEWER
    raise NotAllowed("Only its owner and reviewers may say what a drawing is.")


def delete(drawings: DrawingQuerySet, *, seen: int | None = None) -> int:
    """Deletes these drawings and returns how many there were. For KEPT_DELETED they can be brought
    back by `restore`.

    Raises CountDiffers where they are not as many as were `seen`.
    """
    # Their keys may be used again.
    gone = {"deleted_at": timezone.now(), "idempotency_key": None}
    return _change(drawings, lambda batch: batch.update(**gone), seen=seen)


def restore(drawings: DrawingQuerySet, *, seen: int | None = None) -> int:
    """Brings deleted drawings back and returns how many there were. Raises as `delete` does."""
    return _change(drawings, lambda batch: batch.update(deleted_at=None), seen=seen)


def erase(drawings: DrawingQuerySet, *, seen: int | None = None) -> int:
    """Deletes these drawings for ever, with their predictions and labels, and returns how many
    there were. The audit log tells it of each batch that is gone. Raises as `delete` does."""
    return _change(drawings, _erase_and_record, seen=seen)


def _erase_and_record(batch: DrawingQuerySet) -> None:
    _, counts = batch.delete()
    record(Kind.ERASED, about=drawing_count(counts[Drawing._meta.label]))


def _erase(drawings: DrawingQuerySet) -> None:
    _change(drawings, lambda batch: batch.delete())


def kept_until(deleted: Drawing) -> dt.datetime:
    """When a deleted drawing goes for ever."""
    assert deleted.deleted_at is not None
    return deleted.deleted_at + KEPT_DELETED


def erase_expired() -> None:
    """Deletes for ever what was deleted longer ago than KEPT_DELETED."""
    expired = timezone.now() - KEPT_DELETED
    _erase(Drawing.all_objects.deleted().filter(deleted_at__lt=expired))


def _change(
    drawings: DrawingQuerySet, act: Callable[[DrawingQuerySet], object], *, seen: int | None = None
) -> int:
    """Does it to all of the drawings, which it takes from among them. Returns how many there were.

    A batch at a time: a million at once would neither fit the memory nor let others write.
    """
    if seen is not None:
        drawings = _counted(drawings, seen)
    count = 0
    while changed := _change_batch(drawings, act):
        count += changed
    return count


def _change_batch(drawings: DrawingQuerySet, act: Callable[[DrawingQuerySet], object]) -> int:
    with transaction.atomic():
        # Locked: what its owner is told is back must not be deleted for ever a moment later.
        found = drawings.order_by().select_for_update(of=("self",)).values_list("pk", flat=True)
        batch = list(found[:CHANGED_AT_ONCE])
        if batch:
            owners = exemplars.owners_of(batch)
            act(Drawing.all_objects.filter(pk__in=batch))
            exemplars.changed_for(*owners)
    return len(batch)


def _counted(drawings: DrawingQuerySet, seen: int) -> DrawingQuerySet:
    """These drawings, without those that come after they were counted."""
    found = drawings.order_by().aggregate(count=Count("pk"), last=Max("pk"))
    if found["count"] != seen:
        are = "is 1 drawing" if found["count"] == 1 else f"are {found['count']} drawings"
        raise CountDiffers(f"There {are} now, not {seen}. Nothing was changed.")
    return drawings.filter(pk__lte=found["last"] or 0)


def delete_account(user: User) -> None:
    """Deletes a person with all their drawings, for ever."""
    # First no worker goes on storing what they import.
    Import.objects.filter(owner=user).update(state=Import.State.DONE)
    _erase(Drawing.all_objects.owned_by(user))
    with transaction.atomic():
        # What a program of theirs saves meanwhile waits, and is refused.
        User.objects.select_for_update().filter(pk=user.pk).first()
        user.delete()
