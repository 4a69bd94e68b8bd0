"""Checks a row of an import: its drawing, its label, or why it is refused."""

import base64
import binascii
import hashlib
import json
from typing import Any

from recognizer import strict_json
from recognizer.answers import decoding, serving
from recognizer.imports.files import MOST_IN_ROW
from recognizer.ink import rasterize
from recognizer.ink import strokes as ink_strokes
from recognizer.ink.image_files import BadImage
from recognizer.ink.rasterize import NoInk
from recognizer.ink.strokes import BadStrokes, Strokes
from recognizer.limits import quota
from recognizer.models import Drawing, ImportRow, Upload
from recognizer.pictures import thumbnails
from recognizer.services import saving

LABELS: dict[str, int | None] = {str(digit): digit for digit in range(10)} | {"not a digit": None}
MOST_PICTURE = MOST_IN_ROW * 3 // 4  # as base64 in a line


class BadRow(ValueError):
    """A row that cannot be stored. The message is one sentence for the person."""


def check(row: ImportRow) -> None:
    """Checks a row and fills it in: ready with its label, key and size, or refused.

    From then on a picture is stored re-encoded, so that nothing else reads the file that was sent.
    Raises NoModel.
    """
    try:
        if row.is_picture:
            row.labelled, row.digit = label_of(row.said)
            _take_picture(row, bytes(row.content))
        else:
            _take_line(row)
    except (BadRow, BadStrokes, BadImage, NoInk) as error:
        row.refuse(str(error))
        return
    row.state = ImportRow.State.READY


def drawing_of(row: ImportRow) -> Drawing:
    """The unsaved drawing of a row that is ready, with its upload if it has one."""
    if row.is_picture:
        drawing = Drawing(uploaded=True)
        drawing.height, drawing.width = (
            Upload(drawing=drawing, content=row.content).image().shape[:2]
        )
    else:
        fields = json.loads(bytes(row.content))
        ink = _ink_of(fields)
        drawing = Drawing(strokes=ink_strokes.as_json(ink), width=ink.width, height=ink.height)
    drawing.idempotency_key = row.key
    return drawing


def key_of(drawing: Drawing) -> str:
    """The key that a row with this stored drawing would have."""
    return _key(bytes(drawing.upload.content) if drawing.uploaded else _line_of(drawing.ink()))


def label_of(value: object) -> tuple[bool, int | None]:
    """Whether there is a label, and its digit, None for "not a digit". Accepts what exports write:
    a digit, as a number or in words, or nothing. Raises BadRow."""
    if value is None or value == "":
        return False, None
    word = str(value).strip() if type(value) in (int, str) else ""
    if word not in LABELS:
        raise BadRow("The label must be a digit, 0 to 9, or “not a digit”, or be left out.")
    return True, LABELS[word]


def _take_line(row: ImportRow) -> None:
    fields = _fields_of(bytes(row.content))
    row.labelled, row.digit = label_of(fields.get("label"))
    row.original = _number_of(fields.get("id"))
    if "image" in fields:
        _take_picture(row, _picture_in(fields["image"]))
        return
    ink = _ink_of(fields)
    rasterize.from_strokes(ink, version=serving.ink_version())
    row.content = _line_of(ink)
    _ink_of(json.loads(row.content))  # rounding may have moved it off the sheet
    row.size = quota.BYTES_A_DRAWING + saving.BYTES_A_POINT * len(ink.points)
    row.key = _key(row.content)


def _take_picture(row: ImportRow, content: bytes) -> None:
    if len(content) > MOST_PICTURE:
        raise BadRow(f"The picture has more than {MOST_PICTURE:,} bytes.")
    kept = thumbnails.compact(decoding.decode(content))
    rasterize.from_image(Upload(content=kept).image(), version=serving.ink_version())
    row.is_picture, row.content = True, kept
    row.size = quota.BYTES_A_DRAWING + len(kept)
    row.key = _key(content)


def _line_of(ink: Strokes) -> bytes:
    """The strokes as they are stored, so that the same ink always has the same key."""
    kept = {"strokes": ink_strokes.as_json(ink), "width": ink.width, "height": ink.height}
    return json.dumps(kept).encode()


def _number_of(value: object) -> int | None:
    return value if type(value) is int and 0 < value < 2**63 else None


def _key(content: bytes) -> str:
    """A digest by which an import recognises the same drawing."""
    return f"import-{hashlib.sha256(content).hexdigest()}"


def _fields_of(line: bytes) -> dict[str, Any]:
    try:
        fields = strict_json.loads(line)
    except strict_json.NotTaken as error:
        raise BadRow(str(error)) from error
    except strict_json.BadJSON as error:
        raise BadRow("The line is not valid JSON.") from error
    if not isinstance(fields, dict) or len({"strokes", "image"} & fields.keys()) != 1:
        raise BadRow("A line is a JSON object with strokes, width and height, or with an image.")
    return fields


def _ink_of(fields: dict[str, Any]) -> Strokes:
    return ink_strokes.parse(
        fields.get("strokes"), width=fields.get("width"), height=fields.get("height")
    )


def _picture_in(value: object) -> bytes:
    try:
        return base64.b64decode(value if isinstance(value, str) else "-", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRow("The image must be a picture in base64.") from error
