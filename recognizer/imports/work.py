"""The life cycle of an import: received, checked, started by its owner, stored.

A task works for a moment, records its progress by compare-and-swap in the transaction that stores
its results, and sends the next task, so that other imports never wait for long. A killed worker's
unfinished work is rolled back, and the sweep sends its task again.
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone
from kombu.exceptions import OperationalError

from recognizer import publishing
from recognizer.accounts.audit.log import Kind, record
from recognizer.imports import checking, files, storing
from recognizer.limits import quota
from recognizer.models import Import, ImportRow, User
from recognizer.wording import drawing_count

log = logging.getLogger(__name__)

TASK = "recognizer.go_on_importing"
SECONDS_AT_ONCE = 0.05
ROWS_AT_ONCE = 100
RECEIVED_AT_ONCE = 500
# What nobody has started, and reports, are kept for so long.
KEPT_OPEN, KEPT_DONE = dt.timedelta(days=1), dt.timedelta(days=30)
# Of a report, on the page and by API.
MOST_REFUSALS = 1000
T = TypeVar("T")
State, RowState = Import.State, ImportRow.State


class AlreadyImporting(Exception):
    """Another file of this person is being stored."""


class StillOpen(Exception):
    """Another file of this person was not started, and must not be discarded for this one."""


class NotChecked(Exception):
    """It cannot be started: it is being looked through, or was started already."""


def receive(owner: User, name: str, content: bytes, *, discards: bool = True) -> Import:
    """Takes a file in, to be checked; nothing of it is stored as a drawing yet. It takes the place
    of one that was not started, where it `discards` that.

    Raises BadImport, AlreadyImporting and StillOpen.
    """
    rows = list(files.rows(content))  # before others wait for the transaction
    try:
        with transaction.atomic():
            _make_way(owner, discards=discards)
            made = Import.objects.create(owner=owner, name=files.plain(name, 200), total=len(rows))
            _keep_rows(made, rows)
    except IntegrityError as error:
        raise AlreadyImporting("Another file is being imported: wait until it is done.") from error
    transaction.on_commit(lambda: send(made.pk, 0))
    return made


def _make_way(owner: User, *, discards: bool) -> None:
    open_ones = Import.objects.filter(owner=owner, state__in=Import.NOT_STARTED)
    if discards:
        _discard(open_ones)
    elif open_ones.exists():
        raise StillOpen("Another import is waiting: start or discard it first.")


def _keep_rows(made: Import, rows: list[files.Row]) -> None:
    kept = (_row(made, number, row) for number, row in enumerate(rows, start=1))
    ImportRow.objects.bulk_create(kept, batch_size=RECEIVED_AT_ONCE)


def _row(made: Import, number: int, row: files.Row) -> ImportRow:
    kept = ImportRow(
        source=made,
        number=number,
        place=row.place,
        is_picture=row.is_picture,
        content=row.content,
        said=row.label,
    )
    if row.refusal:
        kept.refuse(row.refusal)
    return kept


def discard(one: Import) -> None:
    """Forgets it, with its report. What was stored stays."""
    with transaction.atomic():
        _discard(Import.objects.filter(pk=one.pk))


def _discard(imports: QuerySet[Import]) -> None:
    """In a transaction. First no worker goes on: it would write rows while they are deleted."""
    gone = list(imports.values_list("pk", flat=True))
    Import.objects.filter(pk__in=gone).update(state=State.DONE)
    Import.objects.filter(pk__in=gone).delete()


def start(one: Import) -> None:
    """Has what was looked through stored. Raises NotChecked."""
    checked = Import.objects.filter(pk=one.pk, state=State.CHECKED)
    if not checked.update(state=State.STORING, position=0):
        raise NotChecked("It can be started only once, after it has been checked.")
    about = f"import {one.pk}, of {drawing_count(one.total)}"
    record(Kind.IMPORT, person=one.owner, about=about)
    transaction.on_commit(lambda: send(one.pk, 0))


def send(import_id: int, position: int) -> None:
    """Has a worker go on from there. Without a broker that waits for the sweep."""
    try:
        publishing.send(TASK, import_id, position)
    except OperationalError as error:
        log.warning("An import waits for the sweep: no broker answers (%s).", error)


def resume() -> None:
    """Sends a task for each import that goes on, where one was lost: of two the second does
    nothing."""
    going = Import.objects.filter(state__in=Import.WORKING)
    for import_id, position in going.values_list("pk", "position"):
        send(import_id, position)


def go_on(import_id: int, position: int) -> int | None:
    """Works for a moment on the rows after `position`. Returns the position from which to go on;
    None where nothing is left to do, or another worker was faster. Raises NoModel."""
    found = Import.objects.select_related("owner")
    one = found.filter(pk=import_id, position=position, state__in=Import.WORKING).first()
    if one is None:
        return None
    return _check(one) if one.state == State.CHECKING else _store(one)


def _check(one: Import) -> int | None:
    found = one.rows.filter(number__gt=one.position)[:ROWS_AT_ONCE]
    rows = list(_for_a_moment(found, _look_through))
    if not rows:  # discarded a moment ago
        return None
    _mark_known(one, rows)
    position, is_last = rows[-1].number, rows[-1].number == one.total
    with transaction.atomic():
        if not _advance(one, 0 if is_last else position, State.CHECKED if is_last else one.state):
            return None
        _rewrite(rows)
        _count(one, rows)
    return None if is_last else position


def _look_through(row: ImportRow) -> ImportRow:
    if row.state == RowState.NEW:
        checking.look_through(row)
    return row


def _mark_known(one: Import, rows: list[ImportRow]) -> None:
    """Those that are stored already, and those that the file holds before."""
    ready = [row for row in rows if row.state == RowState.READY]
    before = one.rows.filter(number__lte=one.position, key__in=[row.key for row in ready])
    first = before.exclude(state=RowState.KNOWN)
    seen = {row.key: row.said_label for row in first.defer("content")}
    seen |= storing.known(one.owner, ready)
    for row in ready:
        if row.key in seen:
            row.is_known(seen[row.key])
        seen.setdefault(row.key, row.said_label)


def _store(one: Import) -> int | None:
    found = list(one.rows.filter(number__gt=one.position, state=RowState.READY)[:ROWS_AT_ONCE])
    new = list(_for_a_moment(found, partial(storing.prepared, one.owner)))
    rows = [each.row for each in new]
    is_last = len(rows) == len(found) < ROWS_AT_ONCE
    position = rows[-1].number if rows else one.total
    with transaction.atomic():
        if not _advance(one, position, State.DONE if is_last else one.state):
            return None
        storing.store(one.owner, new)
        _rewrite([row for row in rows if row.state == RowState.REFUSED])
        one.rows.filter(
            number__in=[row.number for row in rows if row.state != RowState.REFUSED]
        ).delete()
        _count(one, rows)
        if is_last:
            _finish(one)
    return None if is_last else position


def _for_a_moment(rows: Iterable[ImportRow], act: Callable[[ImportRow], T]) -> Iterator[T]:
    """What comes of the first rows, at least one, until SECONDS_AT_ONCE have passed."""
    until = time.monotonic() + SECONDS_AT_ONCE
    for row in rows:
        yield act(row)
        if time.monotonic() >= until:
            return


def _advance(one: Import, position: int, state: str) -> bool:
    """Notes that the import has come to there, unless another worker was faster. The first write
    of a transaction: on PostgreSQL the other one waits for its end."""
    here = Import.objects.filter(pk=one.pk, state=one.state, position=one.position)
    return bool(here.update(position=position, state=state))


def _rewrite(rows: list[ImportRow]) -> None:
    """An upsert: Django's bulk_update writes a CASE of all rows for each column."""
    changed = [
        "is_picture",
        "content",
        "state",
        "refusal",
        "labelled",
        "digit",
        "key",
        "original",
        "size",
    ]
    ImportRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=changed
    )


def _count(one: Import, rows: list[ImportRow]) -> None:
    came = Counter(row.state for row in rows)
    Import.objects.filter(pk=one.pk).update(
        kept=F("kept") + came[RowState.KEPT],
        known=F("known") + came[RowState.KNOWN],
        refused=F("refused") + came[RowState.REFUSED],
        unused_labels=F("unused_labels") + sum(row.label_is_unused for row in rows),
    )


def _finish(one: Import) -> None:
    one.rows.exclude(state=RowState.REFUSED).delete()
    Import.objects.filter(pk=one.pk).update(finished_at=timezone.now())


def erase_expired() -> None:
    """Deletes what nobody started in time, and old reports."""
    now = timezone.now()
    with transaction.atomic():
        _discard(
            Import.objects.filter(state__in=Import.NOT_STARTED, created_at__lt=now - KEPT_OPEN)
        )
    Import.objects.filter(finished_at__lt=now - KEPT_DONE).delete()


# What a person is shown ---------------------------------------------------------------------------


def digits(one: Import) -> dict[str, int]:
    """How many drawings can be stored of each label, "0" to "9", "not a digit" and "unlabelled"."""
    ready = one.rows.filter(state=RowState.READY).order_by()
    counted = {
        (labelled, digit): count
        for labelled, digit, count in ready.values_list("labelled", "digit").annotate(Count("pk"))
    }
    keys = {word: (True, digit) for word, digit in checking.LABELS.items()}
    keys["unlabelled"] = (False, None)
    return {word: counted[key] for word, key in keys.items() if key in counted}


def refusals(one: Import, most: int) -> list[ImportRow]:
    """The first refused rows."""
    return list(one.rows.filter(state=RowState.REFUSED).defer("content")[:most])


def shortage(one: Import) -> str:
    """Says where there is no room for all of it; empty where there is."""
    needed = one.rows.filter(state=RowState.READY).aggregate(size=Sum("size"))["size"] or 0
    return quota.shortage(one.owner, needed)
