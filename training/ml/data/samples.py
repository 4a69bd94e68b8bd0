"""Labelled images from files of strokes or images, preprocessed for a network."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recognizer.inference.classes import NOT_A_DIGIT, as_class
from recognizer.ink import files, rasterize
from recognizer.ink.files import BadFile, StrokesRow
from recognizer.ink.strokes import Strokes
from training.ml.arrays import Flags, Images, Integers
from training.ml.data.stroke_files import is_chosen, label_of

# The label of a non-digit in a file of images.
NON_DIGIT_IN_FILE = -1


class LabelledImage(NamedTuple):
    """A picture uint8 [28, 28], or None where there is no ink; and its label, 0 to NOT_A_DIGIT."""

    picture: Images | None
    label: int


@dataclass(frozen=True)
class LabelledImages:
    """Pictures uint8 [N, 28, 28], labels [N], and the labels [M] of M more that were blank."""

    pictures: Images
    labels: Integers
    blank: Integers

    @property
    def count(self) -> int:
        """How many there are, including blank ones."""
        return len(self.labels) + len(self.blank)


def collect(samples: Iterable[LabelledImage]) -> LabelledImages:
    """All samples as arrays. Raises BadFile where none has ink."""
    every = list(samples)
    seen = [one.picture for one in every if one.picture is not None]
    if not seen:
        raise BadFile("There is no drawing with ink to measure with, or none was asked for.")
    labels = [one.label for one in every if one.picture is not None]
    blank = [one.label for one in every if one.picture is None]
    return LabelledImages(np.stack(seen), np.array(labels, int), np.array(blank, int))


def plain(pictures: Images, labels: Integers) -> LabelledImages:
    """Pictures uint8 [N, 28, 28] that need no preprocessing, with labels [N]."""
    return LabelledImages(pictures, labels, np.zeros(0, int))


def digits(file: Path, *, writers: str = "all", version: int) -> Iterator[LabelledImage]:
    """Every digit of a file: .jsonl(.gz) of strokes, or .npz of images [N, H, W] and labels [N].

    `writers` is all, odd or even, by the number in a drawing's `writer`; `version` is the ink
    version. Raises BadFile, which names the wrong line or image; also for non-digits.
    """
    for where, sample in _samples(file, writers, version):
        if sample.label == NOT_A_DIGIT:
            raise BadFile(f"{where}: the label must be a digit, 0 to 9.")
        yield sample


def others(file: Path, *, writers: str = "all", version: int) -> Iterator[LabelledImage]:
    """As `digits`, for non-digits: label null in strokes, -1 in images, or no labels at all.

    Where a file has `clean_ood`, only those drawings for which it is true: they resemble no digit.
    """
    for where, sample in _samples(file, writers, version):
        if sample.label != NOT_A_DIGIT:
            raise BadFile(f"{where}: it is labelled as a digit; here all must be none.")
        yield sample


def _samples(file: Path, writers: str, version: int) -> Iterator[tuple[str, LabelledImage]]:
    """Each sample with its place in the file, in words."""
    if files.holds_strokes(file):
        return _of_strokes(file, writers, version)
    if not files.holds_images(file):
        raise BadFile(f"{file.name} is no file of strokes (.jsonl, .jsonl.gz) or images (.npz).")
    if writers != "all":
        raise BadFile(
            f"{file.name} holds images, which name no writers: {writers} cannot be chosen."
        )
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
        label = as_class(None if labels[place] == NON_DIGIT_IN_FILE else int(labels[place]))
        yield (
            f"{file.name}, image {place}",
            LabelledImage(fitted(images[place], version=version), label),
        )


def fitted(image: Images, *, version: int) -> Images | None:
    """A preprocessed image, uint8 [28, 28], or None where it is blank."""
    try:
        return rasterize.from_image(image, version=version)
    except rasterize.NoInk:
        return None


def _arrays(file: Path) -> tuple[Images, Integers, Flags]:
    """Images [N, H, W], labels [N] and `clean_ood` [N]. Raises BadFile."""
    images, others = files.arrays(file, "labels", "clean_ood")
    count = len(images)
    labels = others.get("labels", np.full(count, NON_DIGIT_IN_FILE))
    clean = others.get("clean_ood", np.full(count, True))
    if labels.shape != (count,) or labels.dtype.kind not in "iu" or clean.shape != (count,):
        raise BadFile(f"{file.name}: `labels` must be one whole number for each image.")
    if ((labels < NON_DIGIT_IN_FILE) | (labels > 9)).any():
        raise BadFile(f"{file.name}: `labels` must lie between 0 and 9, or be -1 for no digit.")
    return images, labels, clean.astype(bool)
