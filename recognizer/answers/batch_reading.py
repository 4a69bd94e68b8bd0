"""Reading digits from files, in batches. What cannot be read is answered with its error."""

from __future__ import annotations

import gzip
import json
import time
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from recognizer.answers.serving import LoadedVersion
from recognizer.inference import number_reading, segmentation
from recognizer.inference.segmentation import Sheet
from recognizer.ink import rasterize, strokes
from recognizer.ink.image_files import BadImage, decode

# A photo's ink takes two megabytes while it waits.
BATCH = 32
# np.load's: a .npy by another name is an array itself, and no `with` takes that.
NO_ARRAY = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
UNREADABLE = (strokes.BadStrokes, BadImage, rasterize.NoInk)


class BadFile(ValueError):
    """A file, or a line of it, that holds no ink. The message is one sentence."""


Found = Sheet | BadFile


def answers(
    held: LoadedVersion, files: list[Path], *, progress: bool = False
) -> Iterator[tuple[str, bool]]:
    """One JSON line for every drawing of the files, in their order, and whether it was read."""
    found = chain.from_iterable(sheets(file, version=held.ink_version) for file in files)
    bar = tqdm(found, unit=" drawings", disable=not progress)
    while batch := list(islice(bar, BATCH)):
        yield from _answered(held, batch)


def _answered(held: LoadedVersion, batch: list[Found]) -> Iterator[tuple[str, bool]]:
    readable = [one for one in batch if not isinstance(one, BadFile)]
    said = iter(_read(held, readable))
    for one in batch:
        if isinstance(one, BadFile):
            yield json.dumps({"error": str(one)}), False
        else:
            yield json.dumps(next(said)), True


def _read(held: LoadedVersion, drawings: list[Sheet]) -> list[dict[str, Any]]:
    started = time.perf_counter()
    said = number_reading.answer(held.classifier, drawings)
    milliseconds = (time.perf_counter() - started) * 1000 / max(len(drawings), 1)
    more = {"model_version": held.model_version, "milliseconds": round(milliseconds, 3)}
    return [answer.as_dict() | more for answer in said]


def sheets(file: Path, *, version: int) -> Iterator[Found]:
    """Each drawing in the file as a network sees it, or why it is not seen."""
    if file.name.endswith((".jsonl", ".jsonl.gz")):
        yield from _of_lines(file, version)
    elif file.suffix == ".npz":
        yield from _of_array(file, version)
    else:
        yield _of_image(file, version)


def _of_lines(file: Path, version: int) -> Iterator[Found]:
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rb") as lines:
            yield from (_of_line(line, version) for line in lines)
    except (OSError, EOFError, zlib.error) as error:
        yield BadFile(f"{file.name} cannot be read: {error}")


def _of_line(line: bytes, version: int) -> Found:
    try:
        drawing = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadFile(f"The line is not JSON: {error}")
    if not isinstance(drawing, dict):
        return BadFile("The line must be a JSON object with strokes, width and height.")
    try:
        parsed = strokes.parse(
            drawing.get("strokes"), width=drawing.get("width"), height=drawing.get("height")
        )
        return segmentation.of_strokes(parsed, version=version)
    except UNREADABLE as error:
        return BadFile(str(error))


def _of_array(file: Path, version: int) -> Iterator[Found]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            images = arrays["images"]
    except NO_ARRAY as error:
        yield BadFile(f"{file.name} holds no array `images`: {error}")
        return
    if images.dtype != np.uint8 or images.ndim != 3:
        yield BadFile(f"`images` in {file.name} must be uint8, N x H x W.")
        return
    yield from (_of_pixels(image, version) for image in images)


def _of_pixels(image: np.ndarray, version: int) -> Found:
    try:
        return segmentation.of_image(image, version=version)
    except UNREADABLE as error:
        return BadFile(str(error))


def _of_image(file: Path, version: int) -> Found:
    try:
        return _of_pixels(decode(file.read_bytes()), version)
    except (OSError, BadImage) as error:
        return BadFile(f"{file.name}: {error}")
