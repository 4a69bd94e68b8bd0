"""Files of drawings: strokes as JSON lines (.jsonl, .jsonl.gz) and arrays of images (.npz)."""

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.ink import strokes
from recognizer.ink.strokes import BadStrokes, Strokes

STROKES = (".jsonl", ".jsonl.gz")
IMAGES = (".npz",)
# What np.load raises. A .npy by another name is an array itself, which no `with` takes: TypeError.
# An encrypted zip is a RuntimeError, a compression that zipfile lacks a NotImplementedError.
_NO_ARRAYS = (
    OSError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class BadFile(ValueError):
    """A file, or a row of it, that cannot be used. The message is one sentence for a person."""


@dataclass(frozen=True)
class StrokesRow:
    """One drawing of a file: where it stands ("a.jsonl, line 3"), its JSON object, its strokes."""

    place: str
    fields: dict[str, Any]
    strokes: Strokes


def holds_strokes(file: Path) -> bool:
    """Whether the file's name says that it holds strokes, in small letters or capitals."""
    return file.name.lower().endswith(STROKES)


def holds_images(file: Path) -> bool:
    """Whether the file's name says that it holds images."""
    return file.name.lower().endswith(IMAGES)


def rows(file: Path) -> Iterator[StrokesRow]:
    """The drawings of a file of strokes; empty lines are skipped. Raises BadFile."""
    return (parsed(place, line) for place, line in lines(file) if line.strip())


def lines(file: Path) -> Iterator[tuple[str, bytes]]:
    """Every line of a file, and where it stands, counted from 1. Unzips .gz. Raises BadFile."""
    opened = gzip.open if file.suffix.lower() == ".gz" else open
    try:
        with opened(file, "rb") as content:
            for number, line in enumerate(content, start=1):
                yield f"{file.name}, line {number}", line
    except (OSError, EOFError, zlib.error) as error:
        raise BadFile(f"{file.name} cannot be read: {error}") from error


def parsed(place: str, line: bytes) -> StrokesRow:
    """One line: a JSON object with at least strokes, width and height. Raises BadFile."""
    if not line.strip():
        raise BadFile(f"{place} is empty.")
    try:
        fields = json.loads(line)
        drawing = strokes.parse(fields["strokes"], width=fields["width"], height=fields["height"])
    except (ValueError, TypeError, KeyError, RecursionError, BadStrokes) as error:
        raise BadFile(
            f"{place}: a line is JSON with strokes, width and height ({error})."
        ) from error
    return StrokesRow(place, fields, drawing)


def arrays(file: Path, *names: str) -> tuple[NDArray[np.uint8], dict[str, NDArray[Any]]]:
    """`images`, uint8 [N, H, W], and those of the named arrays that the file holds. Raises
    BadFile."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            found = {name: archive[name] for name in ("images", *names) if name in archive}
    except _NO_ARRAYS as error:
        raise BadFile(f"`images` in {file.name} cannot be read: {error}") from error
    images = found.pop("images", None)
    if images is None or images.dtype != np.uint8 or images.ndim != 3:
        raise BadFile(f"{file.name} must hold `images`, uint8, N x H x W.")
    return images, found
