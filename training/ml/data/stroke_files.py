"""Labelled strokes of several writers, from a file."""

from dataclasses import dataclass
from pathlib import Path

from recognizer.ink import files
from recognizer.ink.files import BadFile, StrokesRow
from recognizer.ink.strokes import Strokes

# Which writers are read: all, or those whose names end with an odd or even number.
WRITERS = ("all", "odd", "even")


@dataclass(frozen=True)
class LabelledStrokes:
    """A drawing and its correct digit."""

    strokes: Strokes
    digit: int


def read(file: Path, *, chosen: str = "all") -> dict[str, list[LabelledStrokes]]:
    """Each writer's drawings. `chosen` is all, odd or even: the number a writer's name ends with.

    Raises BadFile, which names the wrong line.
    """
    found: dict[str, list[LabelledStrokes]] = {}
    for row in files.rows(file):
        writer, drawing = _labelled(row)
        found.setdefault(writer, []).append(drawing)
    kept = {writer: mine for writer, mine in found.items() if is_chosen(writer, chosen)}
    if not kept:
        raise BadFile(f"{file.name} holds no drawings of such writers.")
    return kept


def _labelled(row: StrokesRow) -> tuple[str, LabelledStrokes]:
    if "writer" not in row.fields:
        raise BadFile(f"{row.place}: a line is JSON with strokes, width, height, label and writer.")
    label = label_of(row)
    if label is None:
        raise BadFile(f"{row.place}: the label must be a digit, 0 to 9.")
    return str(row.fields["writer"]), LabelledStrokes(row.strokes, label)


def label_of(row: StrokesRow) -> int | None:
    """The row's label: a digit, or None for no digit. Raises BadFile for anything else."""
    if "label" not in row.fields:
        raise BadFile(f"{row.place}: a line is JSON with strokes, width, height and label.")
    label = row.fields["label"]
    if label is not None and (type(label) is not int or not 0 <= label <= 9):
        raise BadFile(f"{row.place}: the label must be a digit, 0 to 9, or null.")
    return label


def is_chosen(writer: str, chosen: str) -> bool:
    """Whether `chosen` is all, or matches the number that the writer's name ends with: odd or even.

    Raises BadFile for a name without a number.
    """
    if chosen == "all":
        return True
    digits = writer[len(writer.rstrip("0123456789")) :]
    if not digits:
        raise BadFile(f"The writer {writer!r} has no number: odd and even mean nothing.")
    return int(digits) % 2 == (chosen == "odd")
