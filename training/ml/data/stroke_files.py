"""Labelled strokes of several writers, from a file. Pure."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recognizer.ink import strokes
from recognizer.ink.strokes import BadStrokes, Strokes


class BadDrawings(ValueError):
    """The file, or what was asked of it, does not do. The message is a sentence for a person."""


@dataclass(frozen=True)
class LabelledStrokes:
    """A drawing, and what it truly is."""

    strokes: Strokes
    digit: int


def read(file: Path, *, chosen: str = "all") -> dict[str, list[LabelledStrokes]]:
    """Each writer's drawings. `chosen` is all, odd or even: by the number a writer's name ends in.

    Raises BadDrawings, with the line that is wrong.
    """
    found: dict[str, list[LabelledStrokes]] = {}
    for number, line in lines(file):
        writer, drawing = _drawing(line, where=f"{file.name}, line {number}")
        found.setdefault(writer, []).append(drawing)
    kept = {writer: mine for writer, mine in found.items() if is_chosen(writer, chosen)}
    if not kept:
        raise BadDrawings(f"{file.name} holds no drawings of such writers.")
    return kept


def lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers from 1, unzipped where the file ends in .gz.
    Raises BadDrawings."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rb") as content:
            yield from (pair for pair in enumerate(content, start=1) if pair[1].strip())
    except (OSError, EOFError, zlib.error) as error:
        raise BadDrawings(f"{file.name} cannot be read: {error}") from error


def _drawing(line: bytes, *, where: str) -> tuple[str, LabelledStrokes]:
    try:
        row: Any = json.loads(line)
        parsed = strokes.parse(row["strokes"], width=row["width"], height=row["height"])
        writer, label = str(row["writer"]), row["label"]
    except (ValueError, TypeError, KeyError, BadStrokes) as error:
        raise BadDrawings(
            f"{where}: a line is JSON with strokes, width, height, label and writer ({error})."
        ) from error
    if type(label) is not int or not 0 <= label <= 9:
        raise BadDrawings(f"{where}: the label must be a digit, 0 to 9.")
    return writer, LabelledStrokes(parsed, label)


def is_chosen(writer: str, chosen: str) -> bool:
    """Whether the number that a writer's name ends in is odd or even, as `chosen` says; or all.

    Raises BadDrawings for a name without a number.
    """
    if chosen == "all":
        return True
    digits = writer[len(writer.rstrip("0123456789")) :]
    if not digits:
        raise BadDrawings(f"The writer {writer!r} has no number: odd and even mean nothing.")
    return int(digits) % 2 == (chosen == "odd")
