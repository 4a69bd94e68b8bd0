"""Labelled pictures from files of strokes or images, as a network reads them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recognizer.ink import files, rasterize
from recognizer.ink.files import BadFile, StrokesRow
from recognizer.ink.strokes import Strokes
from training.ml.arrays import Flags, Images, Integers
from training.ml.data.classes import NOT_A_DIGIT, as_class
from training.ml.data.stroke_files import is_chosen, label_of

# How image files say that a picture is no digit.
NONE_IN_ARRAYS = -1


class LabelledImage(NamedTuple):
    """A picture uint8 [28, 28], or None where there is no ink; and its label, 0 to NOT_A_DIGIT."""

    picture: Images | None
    label: int


@dataclass(frozen=True)
class LabelledImages:
    """Pictures uint8 [N, 28, 28], labels [N]; `blank` more, labels [M], showed no ink."""

    pictures: Images
    labels: Integers
    blank: Integers

    @property
    def count(self) -> int:
        """How many there are, blank ones too."""
        return len(self.labels) + len(self.blank)


def collect(samples: Iterable[LabelledImage]) -> LabelledImages:
    """All samples as arrays. Raises BadFile where none shows ink."""
    every = list(samples)
    seen = [one.picture for one in every if one.picture is not None]
    if not seen:
        raise BadFile("There is no drawing with ink to measure with, or none was asked for.")
    labels = [one.label for one in every if one.picture is not None]
    blank = [one.label for one in every if one.picture is None]
    return LabelledImages(np.stack(seen), np.array(labels, int), np.array(blank, int))


def plain(pictures: Images, labels: Integers) -> LabelledImages:
    """Pictures uint8 [N, 28, 28] that are as the network takes them already."""
    return LabelledImages(pictures, labels, np.zeros(0, int))


def digits(file: Path, *, writers: str = "all", version: int) -> Iterator[LabelledImage]:
    """Every digit of a file: .jsonl(.gz) of strokes, or .npz of images [N, H, W] and labels [N].

    `writers` is all, odd or even, by the number in a drawing's `writer`; `version` is the ink's.
    Raises BadFile, with the place that is wrong: also for what is labelled as no digit.
    """
    for where, sample in _samples(file, writers, version):
        if sample.label == NOT_A_DIGIT:
            raise BadFile(f"{where}: the label must be a digit, 0 to 9.")
        yield sample


def others(file: Path, *, writers: str = "all", version: int) -> Iterator[LabelledImage]:
    """As `digits`, of what is no digit: label null in strokes, -1 in images, or no labels at all.

    Where drawings or images say `clean_ood`, only those that are so: no digit looks like them.
    """
    for where, sample in _samples(file, writers, version):
        if sample.label != NOT_A_DIGIT:
            raise BadFile(f"{where}: it is labelled as a digit; here all must be none.")
        yield sample


def _samples(file: Path, writers: str, version: int) -> Iterator[tuple[str, LabelledImage]]:
    """Where each sample is from, in words, and the sample."""
    if file.name.endswith(files.STROKES):
        return _of_strokes(file, writers, version)
    if not file.name.endswith(files.IMAGES):
        raise BadFile(f"{file.name} is no file of strokes (.jsonl, .jsonl.gz) or images (.npz).")
    if writers != "all":
        raise BadFile(f"{file.name} holds images, which name no writers: {writers} is not told.")
    return _of_images(file, version)


def _of_strokes(file: Path, writers: str, version: int) -> Iterator[tuple[str, LabelledImage]]:
    for row in files.rows(file):
        label = as_class(label_of(row))
        if row.fields.get("clean_ood", True) and _is_by(row, writers):
            yield row.place, LabelledImage(_drawn(row.strokes, version), label)


def _is_by(row: StrokesRow, writers: str) -> bool:
    if writers == "all":
        return True
    if row.fields.get("writer") is None:
        raise BadFile(f"{row.place}: it names no writer, so odd and even mean nothing.")
    return is_chosen(str(row.fields["writer"]), writers)


def _drawn(drawing: Strokes, version: int) -> Images | None:
    try:
        return rasterize.from_strokes(drawing, version=version)
    except rasterize.NoInk:
        return None


def _of_images(file: Path, version: int) -> Iterator[tuple[str, LabelledImage]]:
    images, labels, clean = _arrays(file)
    for place in np.flatnonzero(clean):
        label = as_class(None if labels[place] == NONE_IN_ARRAYS else int(labels[place]))
        yield (
            f"{file.name}, image {place}",
            LabelledImage(fitted(images[place], version=version), label),
        )


def fitted(image: Images, *, version: int) -> Images | None:
    """A picture as the network sees it, uint8 [28, 28], or None where it is blank."""
    try:
        return rasterize.from_image(image, version=version)
    except rasterize.NoInk:
        return None


def _arrays(file: Path) -> tuple[Images, Integers, Flags]:
    """Images, labels and which are clean, all [N]. Raises BadFile."""
    images, others = files.arrays(file, "labels", "clean_ood")
    count = len(images)
    labels = others.get("labels", np.full(count, NONE_IN_ARRAYS))
    clean = others.get("clean_ood", np.full(count, True))
    if labels.shape != (count,) or labels.dtype.kind not in "iu" or clean.shape != (count,):
        raise BadFile(f"{file.name}: `labels` must be one whole number for each image.")
    if ((labels < NONE_IN_ARRAYS) | (labels > 9)).any():
        raise BadFile(f"{file.name}: `labels` must lie between 0 and 9, or be -1 for no digit.")
    return images, labels, clean.astype(bool)
