"""Recognises digits in files, in batches. For input that cannot be read the answer is its error."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from recognizer.answers.serving import LoadedVersion
from recognizer.inference import number_reading, segmentation
from recognizer.inference.segmentation import Sheet
from recognizer.ink import files, rasterize
from recognizer.ink.files import BadFile
from recognizer.ink.image_files import BadImage, decode

# The ink of a photo takes two megabytes of memory.
BATCH = 32

Found = Sheet | BadFile


def answer_lines(
    loaded: LoadedVersion, paths: list[Path], *, progress: bool = False
) -> Iterator[tuple[str, bool]]:
    """Yields one JSON line per drawing of the files, in order, and whether it could be read."""
    found = chain.from_iterable(sheets(file, version=loaded.ink_version) for file in paths)
    bar = tqdm(found, unit=" drawings", disable=not progress)
    while batch := list(islice(bar, BATCH)):
        yield from _lines(loaded, batch)


def _lines(loaded: LoadedVersion, batch: list[Found]) -> Iterator[tuple[str, bool]]:
    readable = [one for one in batch if not isinstance(one, BadFile)]
    read = iter(_read(loaded, readable))
    for one in batch:
        if isinstance(one, BadFile):
            yield json.dumps({"error": str(one)}), False
        else:
            yield json.dumps(next(read)), True


def _read(loaded: LoadedVersion, drawings: list[Sheet]) -> list[dict[str, Any]]:
    started = time.perf_counter()
    answers = number_reading.answer(loaded.classifier, drawings)
    milliseconds = (time.perf_counter() - started) * 1000 / max(len(drawings), 1)
    more = {"model_version": loaded.model_version, "milliseconds": round(milliseconds, 3)}
    return [answer.as_dict() | more for answer in answers]


def sheets(file: Path, *, version: int) -> Iterator[Found]:
    """Yields each drawing in the file, divided into pieces, or the error for which it cannot be
    read."""
    try:
        if files.holds_strokes(file):
            yield from (_of_line(*line, version) for line in files.lines(file))
        elif files.holds_images(file):
            images, _ = files.arrays(file)
            for number, image in enumerate(images):
                yield _of_pixels(f"{file.name}, image {number}", image, version)
        else:
            yield _of_image(file, version)
    except BadFile as error:
        yield error


def _of_line(place: str, line: bytes, version: int) -> Found:
    try:
        return segmentation.of_strokes(files.parsed(place, line).strokes, version=version)
    except BadFile as error:
        return error
    except rasterize.NoInk as error:
        return BadFile(f"{place}: {error}")


def _of_pixels(place: str, image: np.ndarray, version: int) -> Found:
    try:
        return segmentation.of_image(image, version=version)
    except rasterize.NoInk as error:
        return BadFile(f"{place}: {error}")


def _of_image(file: Path, version: int) -> Found:
    try:
        return _of_pixels(file.name, decode(file.read_bytes()), version)
    except (OSError, BadImage) as error:
        return BadFile(f"{file.name}: {error}")
