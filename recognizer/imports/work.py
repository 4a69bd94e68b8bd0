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

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Count, F, Sum
from django.utils import timezone
from kombu.exceptions import OperationalError

from recognizer import publishing
from recognizer.accounts.audit.log import Kind, record
from recognizer.imports import checking, files, interrupted, storing
from recognizer.limits import quota
from recognizer.models import Import, ImportQuerySet, ImportRow, User
from recognizer.wording import drawing_count

log = logging.getLogger(__name__)

TASK = "recognizer.go_on_importing"
SECONDS_AT_ONCE = 0.05
ROWS_AT_ONCE = 100
# Rows of a file that one transaction stores at most, and about how many bytes. On SQLite nobody
# else can save meanwhile.
RECEIVED_AT_ONCE, BYTES_AT_ONCE = 500, 1_000_000
# How long unstarted imports and reports are kept.
KEPT_OPEN, KEPT_DONE = dt.timedelta(days=1), dt.timedelta(days=30)
# The most refusals that a report lists, on the page and in the API; and how many reports of one
# person are kept: no quota counts them.
MOST_REFUSALS, MOST_REPORTS = 1000, 20
T = TypeVar("T")
State, RowState = Import.State, ImportRow.State


class AlreadyImporting(Exception):
    """Another file of this person is being stored."""


class StillOpen(Exception):
    """Another file of this person was not started, and must not be discarded to make way."""


class NotChecked(Exception):
    """It cannot be started: it is still being checked, or was started already."""


def receive(owner: User, name: str, content: bytes, *, discards: bool = True) -> Import:
    """Stores a file's rows to be checked; no drawing is stored yet. With `discards` it replaces an
    import of the person that was not started.

    Raises BadImport, QuotaExceeded, AlreadyImporting and StillOpen.
    """
    # Unpacked twice, so that it never lies in memory whole: a file of 40 kB may unpack to 40 MB.
    sizes = [len(row.content) for row in files.rows(content)]
    quota.admit(owner, sum(sizes))
    try:
        _replace_unstarted(owner, discards=discards)
        with transaction.atomic():
            made = Import.objects.create(owner=owner, name=files.plain(name, 200), total=len(sizes))
        _keep_rows(made, files.rows(content))
    except IntegrityError as error:
        raise AlreadyImporting("Another file is being imported: wait until it is done.") from error
    _drop_earliest_reports(owner)
    transaction.on_commit(lambda: send(made.pk, 0))
    return made


def _drop_earliest_reports(owner: User) -> None:
    reports = Import.objects.filter(owner=owner, state=State.DONE).order_by("-pk")
    extra = list(reports.values_list("pk", flat=True)[MOST_REPORTS:])
    Import.objects.filter(pk__in=extra).delete_in_parts()


def _replace_unstarted(owner: User, *, discards: bool) -> None:
    open_ones = Import.objects.filter(owner=owner, state__in=Import.NOT_STARTED)
    if discards:
        _discard(open_ones)
    elif open_ones.exists():
        raise StillOpen("Another import is waiting: start or discard it first.")


def _keep_rows(made: Import, rows: Iterable[files.Row]) -> None:
    """Stores the rows, all or none. A worker may check the first ones already."""
    kept = (_row(made, number, row) for number, row in enumerate(rows, start=1))
    try:
        for batch in _batches(kept):
            ImportRow.objects.bulk_create(batch)
    except DatabaseError:
        discard(made)
        raise


def _batches(rows: Iterable[ImportRow]) -> Iterator[list[ImportRow]]:
    batch, size = list[ImportRow](), 0
    for row in rows:
        batch.append(row)
        size += len(row.content)
        if len(batch) == RECEIVED_AT_ONCE or size >= BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    yield batch


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
    """Deletes an import and its report. Stored drawings stay."""
    _discard(Import.objects.filter(pk=one.pk))


def _discard(imports: ImportQuerySet) -> None:
    """Deletes imports, in several transactions. It ends them first: otherwise a worker could write
    rows while they are deleted. Should it be killed, they are deleted as reports are."""
    gone = list(imports.values_list("pk", flat=True))
    imports.filter(pk__in=gone).update(state=State.DONE, finished_at=timezone.now())
    Import.objects.filter(pk__in=gone, state=State.DONE).delete_in_parts()


def start(one: Import) -> None:
    """Begins to store a checked import. Raises NotChecked."""
    checked = Import.objects.filter(pk=one.pk, state=State.CHECKED)
    if not checked.update(state=State.STORING, position=0):
        raise NotChecked("It can be started only once, after it has been checked.")
    quota.count_again(one.owner)  # its drawings count when they are stored
    about = f"import {one.pk}, of {drawing_count(one.total)}"
    record(Kind.IMPORT, person=one.owner, about=about)
    transaction.on_commit(lambda: send(one.pk, 0))


def send(import_id: int, position: int) -> None:
    """Sends a task to continue at this position. Without a broker the import waits for the
    sweep."""
    try:
        publishing.send(TASK, import_id, position)
    except OperationalError as error:
        log.warning("An import waits for the sweep: no broker answers (%s).", error)


def resume() -> None:
    """Sends a task for each unfinished import, in case one was lost. A duplicate task does
    nothing. Ends those whose file did not arrive whole."""
    interrupted.end()
    going = Import.objects.filter(state__in=Import.WORKING)
    for import_id, position in going.values_list("pk", "position"):
        send(import_id, position)


def go_on(import_id: int, position: int) -> int | None:
    """Works on the rows after `position` for SECONDS_AT_ONCE. Returns the position to continue
    from; None if nothing is left, or another worker was faster. Raises NoModel."""
    found = Import.objects.select_related("owner")
    one = found.filter(pk=import_id, position=position, state__in=Import.WORKING).first()
    if one is None:
        return None
    return _check(one) if one.state == State.CHECKING else _store(one)


def _check(one: Import) -> int | None:
    found = one.rows.filter(number__gt=one.position)[:ROWS_AT_ONCE]
    rows = list(_for_a_moment(found, _check_row))
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


def _check_row(row: ImportRow) -> ImportRow:
    if row.state == RowState.NEW:
        checking.check(row)
    return row


def _mark_known(one: Import, rows: list[ImportRow]) -> None:
    """Marks the rows whose drawing is stored already, or occurs earlier in the file."""
    ready = [row for row in rows if row.state == RowState.READY]
    before = one.rows.filter(number__lte=one.position, key__in=[row.key for row in ready])
    first = before.exclude(state=RowState.KNOWN)
    seen = {row.key: row.given_label for row in first.defer("content")}
    seen |= storing.known(one.owner, ready)
    for row in ready:
        if row.key in seen:
            row.is_known(seen[row.key])
        seen.setdefault(row.key, row.given_label)


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
    """Yields the results for the first rows, at least one, until SECONDS_AT_ONCE have passed."""
    until = time.monotonic() + SECONDS_AT_ONCE
    for row in rows:
        yield act(row)
        if time.monotonic() >= until:
            return


def _advance(one: Import, position: int, state: str) -> bool:
    """Records the new position, unless another worker was faster. This is the transaction's first
    write, so that on PostgreSQL a second worker waits for its end."""
    here = Import.objects.filter(pk=one.pk, state=one.state, position=one.position)
    return bool(here.update(position=position, state=state))


def _rewrite(rows: list[ImportRow]) -> None:
    """Updates rows by an upsert: Django's bulk_update writes a CASE over all rows for each
    column."""
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
    """Keeps the rows that the report lists: no quota counts them."""
    one.rows.exclude(pk__in=[row.pk for row in refusals(one, MOST_REFUSALS)]).delete()
    Import.objects.filter(pk=one.pk).update(finished_at=timezone.now())


def erase_expired() -> None:
    """Deletes imports that were not started in time, and old reports."""
    now = timezone.now()
    _discard(Import.objects.filter(state__in=Import.NOT_STARTED, created_at__lt=now - KEPT_OPEN))
    Import.objects.filter(finished_at__lt=now - KEPT_DONE).delete_in_parts()


# For the pages and the API -----------------------------------------------------------------------


def digits(one: Import) -> dict[str, int]:
    """How many drawings can be stored, by label: "0" to "9", "not a digit" and "unlabelled"."""
    ready = one.rows.filter(state=RowState.READY).order_by()
    counted = {
        (labelled, digit): count
        for labelled, digit, count in ready.values_list("labelled", "digit").annotate(Count("pk"))
    }
    keys = {word: (True, digit) for word, digit in checking.LABELS.items()}
    keys["unlabelled"] = (False, None)
    return {word: counted[key] for word, key in keys.items() if key in counted}


def refusals(one: Import, most: int) -> list[ImportRow]:
    """The first `most` refused rows."""
    return list(one.rows.filter(state=RowState.REFUSED).defer("content")[:most])


def shortage(one: Import) -> str:
    """A sentence if the quota does not suffice for all of it; else empty."""
    needed = one.rows.filter(state=RowState.READY).aggregate(size=Sum("size"))["size"] or 0
    return quota.shortage(one.owner, needed)
