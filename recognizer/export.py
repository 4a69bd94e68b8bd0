"""A person's drawings as a file, streamed: CSV, JSON lines with strokes, or a zip of PNGs."""

import base64
import csv
import datetime as dt
import io
import json
import tempfile
import threading
import time
import weakref
import zipfile
from array import array
from collections.abc import Callable, Generator, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import StreamingHttpResponse
from rest_framework.exceptions import APIException, ValidationError

from recognizer.accounts.audit import log
from recognizer.answers.answering import pixels_answered
from recognizer.models import (
    AuditEvent,
    Drawing,
    DrawingQuerySet,
    Exemplar,
    PersonalReading,
    Reading,
    Upload,
    User,
)
from recognizer.pictures import thumbnails
from recognizer.wording import shown_to_owner

# How many rows are fetched at once: with their strokes (of up to 400 kB each), and without.
WITH_STROKES, WITHOUT = 25, 500
# How many characters of the zip's labels.csv are kept in memory, and how many are copied at once.
IN_MEMORY, COPIED = 1_000_000, 65_536
# The same kind of export of the same person is recorded only once in this time.
EXPORTED_ONCE_IN = dt.timedelta(hours=1)
COLUMNS = [
    "id",
    "created_at",
    "kind",
    "outcome",
    "digit",
    "number",
    "confidence",
    "is_digit",
    "model_version",
    "label",
    "label_role",
    # What the owner was shown, and the exemplar that decided, if a single one did.
    "shown_digit",
    "shown_number",
    "shown_confidence",
    "read_like",
    "is_exemplar",
]


Stream = Generator[str] | Generator[bytes]
# Of the exports that a process streams at once.
MOST_AN_ADDRESS = max(settings.MOST_EXPORTS // 2, 1)


class TooManyExports(APIException):
    """This process streams as many exports as it may, or as many as it may for this person or
    address already."""

    status_code = 429
    default_detail = "Too many exports are being downloaded now. Try again in a minute."
    default_code = "throttled"
    wait = 60  # seconds, which the API's answer says in Retry-After


class _Places:
    """Whose exports this process is streaming, with the address that each goes to: one per person,
    and half of all per address, so that nobody takes all places. A download may last as long as
    its reader likes, and anybody may have several accounts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[int, str] = {}

    def take(self, person: int, address: str) -> None:
        with self._lock:
            here = list(self._taken.values()).count(address)
            is_full = len(self._taken) >= settings.MOST_EXPORTS or here >= MOST_AN_ADDRESS
            if is_full or person in self._taken:
                raise TooManyExports
            self._taken[person] = address

    def give_back(self, person: int) -> None:
        with self._lock:
            del self._taken[person]


_places = _Places()


class _LimitedStream:
    """A stream that occupies a place until it is closed, or garbage-collected unread."""

    def __init__(self, stream: Stream, person: int, address: str) -> None:
        _places.take(person, address)
        self._stream = stream
        # Runs only once, whoever calls it.
        self._give_back = weakref.finalize(self, _places.give_back, person)

    def __iter__(self) -> Iterator[str | bytes]:
        return iter(self._stream)

    def close(self) -> None:
        """The response closes it when all is sent and when the client goes away."""
        try:
            self._stream.close()
        finally:
            self._give_back()


def response(
    drawings: DrawingQuerySet, kind: str | None, *, person: User, address: str
) -> StreamingHttpResponse:
    """A download of these drawings for this person at this address. `kind` is csv, jsonl or zip.

    Raises ValidationError for another kind, and TooManyExports for the person's second export at a
    time, for too many to one address, or beyond settings.MOST_EXPORTS.
    """
    if kind not in KINDS:
        raise ValidationError(f"type must be one of {', '.join(KINDS)}.")
    make, content_type = KINDS[kind]
    stream = _LimitedStream(make(drawings), person.pk, address)
    streamed = StreamingHttpResponse(stream, content_type=content_type)
    streamed["Content-Disposition"] = f'attachment; filename="drawings.{kind}"'
    log.record_once_in(EXPORTED_ONCE_IN, AuditEvent.Kind.EXPORT, about=kind)
    return streamed


def _with_ink(drawings: DrawingQuerySet) -> Iterator[Drawing]:
    """Loads drawings with their strokes, in batches. Uploads, which may have megabytes, are fetched
    only when needed."""
    return _in_batches(drawings, _known(Drawing.objects.with_answers()), WITH_STROKES)


def _in_batches(drawings: DrawingQuerySet, loaded: DrawingQuerySet, size: int) -> Iterator[Drawing]:
    """Yields the drawings, in their order, as `loaded` loads them; those deleted meanwhile are left
    out.

    Each batch is a query of its own. One query for all would be open until the client has read its
    file, for hours if it is slow, and as long as SQLite has a reader its log (WAL) keeps growing:
    with everybody's writes, until the disk is full."""
    numbers = array("q", drawings.values_list("pk", flat=True).iterator())
    for start in range(0, len(numbers), size):
        batch = numbers[start : start + size].tolist()
        # By the ids alone: with the owner too, SQLite would go through all the owner's drawings.
        found = loaded.in_bulk(batch)
        yield from (found[number] for number in batch if number in found)


def _known(drawings: DrawingQuerySet) -> DrawingQuerySet:
    """Annotates each drawing with whether it is an exemplar of its owner's."""
    kept = Exemplar.objects.filter(drawing=OuterRef("pk"), removed=False)
    return drawings.annotate(is_exemplar=Exists(kept))


def _row(drawing: Drawing) -> dict[str, Any]:
    answer, label = drawing.answer, drawing.label
    return {
        "id": drawing.pk,
        "created_at": drawing.created_at.isoformat(),
        "kind": "upload" if drawing.uploaded else "strokes",
        "outcome": drawing.outcome,
        "digit": drawing.digit,
        "number": answer and answer.number,
        "confidence": answer and answer.confidence,
        "is_digit": answer and answer.is_digit,
        "model_version": answer and answer.model_version_id,
        "label": label and ("not a digit" if label.digit is None else label.digit),
        "label_role": label and label.role,
        **_shown(shown_to_owner(drawing)),
        "is_exemplar": drawing.is_exemplar,  # type: ignore[attr-defined]
    }


def _shown(shown: Reading | None) -> dict[str, Any]:
    return {
        "shown_digit": shown and shown.digit,
        "shown_number": shown and shown.number,
        "shown_confidence": shown and shown.confidence,
        "read_like": shown.exemplar_id if isinstance(shown, PersonalReading) else None,
    }


class _Line:
    """A file for the csv module that returns what is written."""

    def write(self, line: str) -> str:
        return line


def _table_row(drawing: Drawing) -> dict[str, Any]:
    """A row for spreadsheets. A leading tab makes Excel and LibreOffice read a cell as text;
    without it they read leading zeros as part of a number and drop them. No other mark that both
    understand is less visible. Readers that use Python's csv must `strip`."""
    row = _row(drawing)
    number = row["number"]
    return row | {"number": f"\t{number}"} if number and number[0] == "0" else row


def csv_lines(drawings: DrawingQuerySet) -> Generator[str]:
    """Yields the lines of a table with COLUMNS, without the ink."""
    writer = csv.DictWriter(_Line(), COLUMNS)
    yield writer.writeheader()
    for drawing in _in_batches(drawings, _known(Drawing.objects.for_list()), WITHOUT):
        yield writer.writerow(_table_row(drawing))


def json_lines(drawings: DrawingQuerySet) -> Generator[str]:
    """Yields one JSON object per line: COLUMNS with the strokes, or with the upload in base64."""
    for drawing in _with_ink(drawings):
        try:
            yield json.dumps(_row(drawing) | _ink_of(drawing)) + "\n"
        except Upload.DoesNotExist:
            continue  # deleted while the export ran


def _ink_of(drawing: Drawing) -> dict[str, Any]:
    size = {"width": drawing.width, "height": drawing.height}
    if drawing.uploaded:
        return size | {"image": base64.b64encode(bytes(drawing.upload.content)).decode()}
    return size | {"strokes": drawing.strokes}


class _ZipBuffer(io.RawIOBase):
    """A file without seek: zipfile writes to it, and the caller takes what was written."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def zip_chunks(drawings: DrawingQuerySet) -> Generator[bytes]:
    """Yields a zip of the 28x28 PNGs that the network saw, named ID-LABEL.png, with labels.csv."""
    chunks = _ZipBuffer()
    with (
        tempfile.SpooledTemporaryFile(IN_MEMORY, "w+", newline="", encoding="utf-8") as rows,
        zipfile.ZipFile(chunks, "w") as archive,
    ):
        writer = csv.DictWriter(rows, ["file", *COLUMNS])
        writer.writeheader()
        for drawing in _with_ink(drawings):
            row = _table_row(drawing)
            name = f"{drawing.pk}-{_word(row['label'])}.png"
            try:
                archive.writestr(name, thumbnails.png(pixels_answered(drawing)))
            except Upload.DoesNotExist:
                continue  # deleted while the export ran
            writer.writerow({"file": name} | row)
            yield chunks.take()
        rows.seek(0)
        with archive.open(zipfile.ZipInfo("labels.csv", time.localtime()[:6]), "w") as entry:
            while part := rows.read(COPIED):
                entry.write(part.encode())
                yield chunks.take()
    yield chunks.take()


def _word(label: Any) -> str:
    return "unlabelled" if label is None else str(label).replace(" ", "-")


KINDS: dict[str, tuple[Callable[[DrawingQuerySet], Stream], str]] = {
    "csv": (csv_lines, "text/csv; charset=utf-8"),
    "jsonl": (json_lines, "application/jsonl; charset=utf-8"),
    "zip": (zip_chunks, "application/zip"),
}
