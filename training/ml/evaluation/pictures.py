"""Measures how the pictures that `training/ml/pictures/kinds.py` generates are read. Pure.

A picture is answered as the site answers it: its ink is found, segmented, and read as a digit, a
number or neither.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recognizer.inference import number_reading, segmentation
from recognizer.inference.classifier import Classifier
from recognizer.inference.number_reading import DrawingAnswer
from recognizer.ink import rasterize
from training.ml.arrays import Images
from training.ml.pictures.canvas import MadePicture
from training.ml.pictures.kinds import KINDS
from training.ml.pictures.writing import Digits

# A wrong answer with this confidence or more misleads.
SURE = 0.8


@dataclass(frozen=True)
class PictureScores:
    """How many of `count` pictures are answered in which way.

    `right`: with the digit or number; where there is none, with no digit. `wrong_sure`: with
    another, and a confidence of SURE or more. `wrong`: with another. `refused`: with no digit
    though there is one.
    """

    count: int
    right: int
    wrong_sure: int
    wrong: int
    refused: int


def measure(
    classifier: Classifier, source: Digits, kind: str, *, count: int, seed: int, version: int
) -> PictureScores:
    """Makes pictures of a kind, which the seed fixes, and reads them."""
    made = make(source, kind, count=count, seed=seed)
    read = [(one.expected, answered(classifier, one.image, version=version)) for one in made]
    named = [(expected, named_by(answer), answer) for expected, answer in read]
    wrong = [answer for expected, name, answer in named if name not in ("", expected)]
    return PictureScores(
        count=count,
        right=sum(expected == name for expected, name, _ in named),
        wrong_sure=sum(answer is not None and answer.confidence >= SURE for answer in wrong),
        wrong=len(wrong),
        refused=sum(name == "" != expected for expected, name, _ in named),
    )


def make(source: Digits, kind: str, *, count: int, seed: int) -> Iterator[MadePicture]:
    """Pictures of the kind of this name. Raises KeyError for an unknown one."""
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    return (KINDS[kind](source, random) for _ in range(count))


def answered(classifier: Classifier, image: Images, *, version: int) -> DrawingAnswer | None:
    """The answer to a picture; None where it shows no writing."""
    try:
        sheet = segmentation.of_image(image, version=version)
    except rasterize.NoInk:
        return None
    return number_reading.answer(classifier, [sheet])[0]


def named_by(answer: DrawingAnswer | None) -> str:
    """The digit or number that it names, or ""."""
    if answer is None:
        return ""
    return answer.number or ("" if answer.digit is None else str(answer.digit))
