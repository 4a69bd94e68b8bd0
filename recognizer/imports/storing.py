"""Stores rows of an import as drawings with their owner's labels, a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from recognizer.accounts import quota
from recognizer.answers import asking, current, exemplars
from recognizer.imports import checking
from recognizer.models import Drawing, ImportRow, Label, Upload, User

State = ImportRow.State


def known_keys(owner: User, keys: Sequence[str]) -> set[str]:
    """Those of these keys under which the owner keeps a drawing."""
    mine = Drawing.objects.owned_by(owner).filter(idempotency_key__in=keys)
    return set(mine.values_list("idempotency_key", flat=True))


def known_originals(owner: User, rows: Sequence[ImportRow]) -> set[str]:
    """The keys of those rows that the owner's own export holds, of drawings that are still here."""
    numbers = [row.original for row in rows if row.original is not None]
    mine = Drawing.objects.owned_by(owner).filter(pk__in=numbers).select_related("upload")
    return {checking.key_of(drawing) for drawing in mine}


@dataclass(frozen=True)
class Prepared:
    """A row that is ready, its drawing, not yet stored, and how the champion sees that."""

    row: ImportRow
    drawing: Drawing
    shape: exemplars.Shape | None


def prepared(owner: User, row: ImportRow) -> Prepared:
    """What takes its time, done before a transaction begins."""
    drawing = checking.drawing_of(row)
    drawing.owner = owner
    return Prepared(row, drawing, exemplars.shape_of(drawing) if row.labelled else None)


def store(owner: User, found: Sequence[Prepared]) -> None:
    """Stores these drawings, with their owner's labels. Their rows say what came of it: they are
    kept, known already, or refused for want of room. In a transaction of the caller's."""
    known = known_keys(owner, [each.row.key for each in found])
    for each in found:
        if each.row.key in known:
            each.row.state = State.KNOWN
        else:
            _admit(owner, each.row)
    new = [each for each in found if each.row.state == State.KEPT]
    _create([each.drawing for each in new])
    _label(owner, [each for each in new if each.row.labelled])
    transaction.on_commit(asking.ask)


def _admit(owner: User, row: ImportRow) -> None:
    try:
        quota.admit(owner, row.size)
    except quota.QuotaExceeded as error:
        row.refuse(str(error))
    else:
        row.state = State.KEPT


def _create(drawings: list[Drawing]) -> None:
    Drawing.objects.bulk_create(drawings)
    uploads = [drawing.upload for drawing in drawings if drawing.uploaded]
    for upload in uploads:
        upload.drawing_id = upload.drawing.pk
    Upload.objects.bulk_create(uploads)


def _label(owner: User, labelled: list[Prepared]) -> None:
    if not labelled:
        return
    role = Label.Role.OWNER
    said = [
        Label(drawing=each.drawing, author=owner, role=role, digit=each.row.digit)
        for each in labelled
    ]
    current.record_first_labels(Label.objects.bulk_create(said))
    exemplars.follow_first_labels(owner.pk, {each.drawing.pk: each.shape for each in labelled})
