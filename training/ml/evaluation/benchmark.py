"""Measures a network: the figures that `manage.py evaluate` prints.

A prediction is right if the most probable digit is the label, whether or not the answer names it;
what abstaining costs and saves is measured too. A digit in which the preprocessing finds no ink
counts as wrong.
"""

import math
import time
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import onnx
from onnx import TensorProto

from recognizer.inference.classifier import Outputs, Session, Thresholds
from training.ml.arrays import Flags
from training.ml.data import samples
from training.ml.data.samples import LabelledImage, LabelledImages
from training.ml.evaluation import metrics, mnist_c
from training.ml.evaluation.metrics import Evaluation, OodScores, Threshold
from training.ml.network.onnx_reader import Reader, times

CONFUSIONS = 10
CONFIDENT = 0.9
TURNS = 2_000
STARTS = 15
FLOATING = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)
WEIGHTS = (*FLOATING, TensorProto.INT8, TensorProto.INT32)
QUANTISING = ("QuantizeLinear", "DequantizeLinear")
# Thresholds of is_digit that the table of thresholds shows.
ASKED = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class ConfusedPair:
    """`count` digits `label` were read as `answer`."""

    label: int
    answer: int
    count: int


@dataclass(frozen=True)
class DigitScores:
    """How digits are read. Shares are 0 to 1, of all digits; `of_read` leaves `blank` ones out.

    Abstaining saves `wrong` - `wrong_answered` mistakes, and costs `right_refused` answers.
    `recall` is None for a digit that does not occur.
    """

    count: int
    accuracy: float
    wrong: int
    blank: int
    answered: float
    wrong_answered: int
    right_refused: int
    recall: list[float | None]
    confusions: list[ConfusedPair]
    of_read: Evaluation


def figures(outputs: Outputs, samples: LabelledImages, thresholds: Thresholds) -> DigitScores:
    """Measure a network's outputs for the samples' pictures; all samples must be digits."""
    of_read = metrics.evaluate(outputs.probabilities, samples.labels)
    right = outputs.probabilities.argmax(axis=1) == samples.labels
    named = answered(outputs, thresholds)
    every = np.concatenate([samples.labels, samples.blank])
    good = np.concatenate([right, np.zeros(len(samples.blank), bool)])
    return DigitScores(
        count=samples.count,
        accuracy=float(good.mean()),
        wrong=int((~good).sum()),
        blank=len(samples.blank),
        answered=float(named.sum() / samples.count),
        wrong_answered=int((named & ~right).sum()),
        right_refused=int((right & ~named).sum()),
        recall=[_recall(good, every == digit) for digit in metrics.DIGITS],
        confusions=_confusions(of_read.confusion),
        of_read=of_read,
    )


def read(session: Session, samples: LabelledImages, thresholds: Thresholds) -> DigitScores:
    """Run the network over the samples and measure it."""
    return figures(session.run(samples.pictures), samples, thresholds)


def answered(outputs: Outputs, thresholds: Thresholds) -> Flags:
    """Which of N answers name a digit [N]."""
    sure = outputs.probabilities.max(axis=1) >= thresholds.confidence
    return sure & (outputs.is_digit >= thresholds.is_digit)


def _share(flags: Flags) -> float:
    return float(flags.mean())


def _recall(good: Flags, these: Flags) -> float | None:
    return _share(good[these]) if these.any() else None


def _confusions(matrix: list[list[int]]) -> list[ConfusedPair]:
    found = [
        ConfusedPair(label, answer, count)
        for label, row in enumerate(matrix)
        for answer, count in enumerate(row)
        if count and label != answer
    ]
    return sorted(found, key=lambda one: -one.count)[:CONFUSIONS]


@dataclass(frozen=True)
class CorruptionScores:
    """How corrupted digits are read: fed straight to the network, and after the preprocessing."""

    straight: DigitScores
    through_ink: DigitScores


def read_corrupted(
    session: Session, clean: LabelledImages, name: str, thresholds: Thresholds, *, version: int
) -> CorruptionScores:
    """Apply the corruption of this name to the digits and measure how they are read.

    `version` is that of the preprocessing. Raises KeyError for an unknown name.
    """
    pictures = mnist_c.corrupt(clean.pictures, name)
    fitted = (samples.fitted(one, version=version) for one in pictures)
    through = map(LabelledImage, fitted, clean.labels.tolist())
    return CorruptionScores(
        straight=read(session, samples.plain(pictures, clean.labels), thresholds),
        through_ink=read(session, samples.collect(through), thresholds),
    )


@dataclass(frozen=True)
class MeanScores:
    """Means over sets of digits of equal weight, 0 to 1; `ece` leaves blank digits out."""

    accuracy: float
    ece: float


def means(found: dict[str, CorruptionScores]) -> dict[str, MeanScores]:
    """The means over all corruptions, straight and through the preprocessing."""
    ways = {
        "straight": [one.straight for one in found.values()],
        "through_ink": [one.through_ink for one in found.values()],
    }
    return {
        way: MeanScores(fmean(one.accuracy for one in sets), fmean(one.of_read.ece for one in sets))
        for way, sets in ways.items()
    }


@dataclass(frozen=True)
class NonDigitScores:
    """How digits are told from non-digits (`others`). Shares are 0 to 1, and leave blank ones out.

    `telling` is the out-of-distribution detection, by its key in `--json`. `others_named` are
    answered with a digit, `others_sure` with one of at least CONFIDENT; `sure_by_digit_alone` have
    so confident a digit whatever is_digit says.
    """

    digits: int
    others: int
    blank: int
    telling: OodScores
    threshold_at_99: float
    others_named: float
    others_sure: float
    sure_by_digit_alone: float
    thresholds: list[Threshold]


def non_digit_scores(
    session: Session, digits: LabelledImages, others: LabelledImages, thresholds: Thresholds
) -> NonDigitScores:
    """Run the network over digits and non-digits, and measure how well it tells them apart."""
    outputs = session.run(others.pictures)
    mine, theirs = session.run(digits.pictures).is_digit, outputs.is_digit
    named = answered(outputs, thresholds)
    confident = outputs.probabilities.max(axis=1) >= CONFIDENT
    return NonDigitScores(
        digits=len(mine),
        others=len(theirs),
        blank=len(digits.blank) + len(others.blank),
        telling=metrics.ood_scores(mine, theirs, threshold=thresholds.is_digit),
        threshold_at_99=float(np.quantile(mine, 0.01)),
        others_named=_share(named),
        others_sure=_share(named & confident),
        sure_by_digit_alone=_share(confident),
        thresholds=metrics.thresholds(mine, theirs, asked=sorted({*ASKED, thresholds.is_digit})),
    )


@dataclass(frozen=True)
class Timing:
    """The median time per digit in a batch of one, on one thread; the number of weights and the
    size of the file in bytes; and the first model's time over this one's."""

    milliseconds: float
    weights: int
    size: int
    ratio: float


def speed(models: dict[str, bytes], *, turns: int = TURNS) -> dict[str, Timing]:
    """Time ONNX files in turns, so that the machine's other load falls on all alike."""
    image = np.random.default_rng(1).integers(0, 256, (1, 28, 28), np.uint8)
    taken = times(*map(Reader, models.values()), image=image, turns=turns)
    return {
        name: Timing(one, weights(model), len(model), taken[0] / one)
        for (name, model), one in zip(models.items(), taken, strict=True)
    }


def starting(model: bytes, *, turns: int = STARTS) -> float:
    """The median seconds until an ONNX file is loaded and has answered once."""
    image = np.zeros((1, 28, 28), np.uint8)
    taken = []
    for _ in range(turns):
        began = time.perf_counter()
        Session(model).run(image)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def weights(model: bytes) -> int:
    """How many weights an ONNX file holds, in floating point or quantised; batch normalisation is
    folded into them."""
    graph = onnx.load_from_string(model).graph
    quantising = [node for node in graph.node if node.op_type in QUANTISING]
    scales = {name for node in quantising for name in node.input[1:]}
    kept = [one for one in graph.initializer if one.data_type in WEIGHTS and one.name not in scales]
    return sum(math.prod(one.dims) for one in kept)
