"""A person's drawings as a file, streamed: CSV, JSON lines with strokes, or a zip of PNGs."""

import base64
import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.exceptions import ValidationError

from recognizer import ink, pictures
from recognizer.images import decode
from recognizer.models import Drawing, DrawingQuerySet

AT_ONCE = 500
COLUMNS = [
    "id",
    "created_at",
    "kind",
    "outcome",
    "digit",
    "confidence",
    "is_digit",
    "model_version",
    "label",
    "label_role",
]


def response(drawings: DrawingQuerySet, kind: str | None) -> StreamingHttpResponse:
    """A download of these drawings. `kind` is csv, jsonl or zip; raises ValidationError."""
    if kind not in KINDS:
        raise ValidationError(f"type must be one of {', '.join(KINDS)}.")
    make, content_type = KINDS[kind]
    streamed = StreamingHttpResponse(make(_each(drawings)), content_type=content_type)
    streamed["Content-Disposition"] = f'attachment; filename="drawings.{kind}"'
    streamed["X-Accel-Buffering"] = "no"
    return streamed


def _each(drawings: DrawingQuerySet) -> Iterator[Drawing]:
    return drawings.select_related("answer", "label", "upload").iterator(chunk_size=AT_ONCE)


def _row(drawing: Drawing) -> dict[str, Any]:
    answer, label = drawing.answer, drawing.label
    return {
        "id": drawing.pk,
        "created_at": drawing.created_at.isoformat(),
        "kind": "upload" if drawing.uploaded else "strokes",
        "outcome": drawing.outcome,
        "digit": drawing.digit,
        "confidence": answer and answer.confidence,
        "is_digit": answer and answer.is_digit,
        "model_version": answer and answer.model_version_id,
        "label": label and ("not a digit" if label.digit is None else label.digit),
        "label_role": label and label.role,
    }


class _Line:
    """A file for the csv module that hands back what was written."""

    def write(self, line: str) -> str:
        return line


def csv_lines(drawings: Iterable[Drawing]) -> Iterator[str]:
    writer = csv.DictWriter(_Line(), COLUMNS)
    yield writer.writeheader()
    for drawing in drawings:
        yield writer.writerow(_row(drawing))


def json_lines(drawings: Iterable[Drawing]) -> Iterator[str]:
    for drawing in drawings:
        ink_of: dict[str, Any] = {"width": drawing.width, "height": drawing.height}
        if drawing.uploaded:
            ink_of["image"] = base64.b64encode(bytes(drawing.upload.content)).decode()
        else:
            ink_of["strokes"] = drawing.strokes
        yield json.dumps(_row(drawing) | ink_of) + "\n"


class _Chunks(io.RawIOBase):
    """A file that cannot be sought: zipfile writes to it, and we take what it wrote."""

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


def zip_chunks(drawings: Iterable[Drawing]) -> Iterator[bytes]:
    """28x28 PNGs as the network sees them, named ID-LABEL.png, and labels.csv beside them."""
    chunks, rows = _Chunks(), io.StringIO(newline="")
    writer = csv.DictWriter(rows, ["file", *COLUMNS])
    writer.writeheader()
    with zipfile.ZipFile(chunks, "w") as archive:
        for drawing in drawings:
            row = _row(drawing)
            name = f"{drawing.pk}-{_word(row['label'])}.png"
            archive.writestr(name, pictures.png(_pixels(drawing)))
            writer.writerow({"file": name} | row)
            yield chunks.take()
        archive.writestr("labels.csv", rows.getvalue())
    yield chunks.take()


def _word(label: Any) -> str:
    return "unlabelled" if label is None else str(label).replace(" ", "-")


def _pixels(drawing: Drawing) -> Any:
    if drawing.uploaded:
        return ink.from_image(decode(bytes(drawing.upload.content)))
    return ink.from_strokes(drawing.ink())


KINDS = {
    "csv": (csv_lines, "text/csv; charset=utf-8"),
    "jsonl": (json_lines, "application/jsonl; charset=utf-8"),
    "zip": (zip_chunks, "application/zip"),
}
