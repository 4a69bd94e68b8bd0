"""Stores rows of an import as drawings with their owner's labels, a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from recognizer.answers import exemplars
from recognizer.answers.stored import answer_tasks, current
from recognizer.imports import checking
from recognizer.limits import quota
from recognizer.models import Drawing, GivenLabel, ImportRow, Label, Upload, User

State = ImportRow.State


def known(owner: User, rows: Sequence[ImportRow]) -> dict[str, GivenLabel]:
    """The labels of the owner's stored drawings that these rows repeat, by the row's key: drawings
    that were imported before, or come from the owner's own export."""
    mine = Drawing.objects.owned_by(owner).select_related("owner_label")
    numbers = [row.original for row in rows if row.original is not None]
    exported = mine.filter(pk__in=numbers).select_related("upload")
    imported = mine.filter(idempotency_key__in=[row.key for row in rows]).defer("strokes")
    return {checking.key_of(drawing): _label_of(drawing) for drawing in exported} | {
        drawing.idempotency_key: _label_of(drawing) for drawing in imported
    }


def _label_of(drawing: Drawing) -> GivenLabel:
    mine = drawing.owner_label
    return GivenLabel(True, mine.digit) if mine else GivenLabel(False, None)


@dataclass(frozen=True)
class Prepared:
    """A row that is ready, its unsaved drawing, and the drawing's Shape under the champion."""

    row: ImportRow
    drawing: Drawing
    shape: exemplars.Shape | None


def prepared(owner: User, row: ImportRow) -> Prepared:
    """Does what takes time, before a transaction begins."""
    drawing = checking.drawing_of(row)
    drawing.owner = owner
    return Prepared(row, drawing, exemplars.shape_of(drawing) if row.labelled else None)


def store(owner: User, found: Sequence[Prepared]) -> None:
    """Stores these drawings with their owner's labels, and records in each row whether it was kept,
    known already, or refused because the quota is used up. Call it in a transaction."""
    here = known(owner, [each.row for each in found])
    for each in found:
        if each.row.key in here:
            each.row.is_known(here[each.row.key])
        else:
            _admit(owner, each.row)
    new = [each for each in found if each.row.state == State.KEPT]
    _create([each.drawing for each in new])
    _label(owner, [each for each in new if each.row.labelled])
    transaction.on_commit(answer_tasks.send)


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
        Label(drawing=each.drawing, author=owner, role=role, digit=each.row.digit, imported=True)
        for each in labelled
    ]
    current.record_first_labels(Label.objects.bulk_create(said))
    exemplars.follow_first_labels(owner.pk, {each.drawing.pk: each.shape for each in labelled})
