"""Measures reading with a writer's own exemplars (recognizer/inference/personal.py).

Each writer's drawings come in random order, several times over. A misread drawing is corrected at
once, and is an exemplar from then on.
"""

from dataclasses import dataclass

import numpy as np

from recognizer.inference import personal
from recognizer.inference.classifier import Outputs, Session
from recognizer.inference.personal import Exemplars
from recognizer.ink import rasterize
from training.ml.arrays import Flags, Floats, Integers, Random
from training.ml.data.stroke_files import LabelledStrokes
from training.ml.evaluation import metrics
from training.ml.evaluation.metrics import DIGITS

ORDERS = 5


@dataclass(frozen=True)
class WriterOutputs:
    """The network's outputs for one writer's N drawings, and their labels [N]."""

    outputs: Outputs
    labels: Integers


def read(session: Session, drawings: list[LabelledStrokes], *, version: int) -> WriterOutputs:
    """Runs the network over one writer's drawings. Raises NoInk for a blank one."""
    pictures = [rasterize.from_strokes(one.strokes, version=version) for one in drawings]
    labels = np.array([one.digit for one in drawings])
    return WriterOutputs(session.run(np.stack(pictures)), labels)


@dataclass(frozen=True)
class PersonalScores:
    """How many of `drawings` are misread by the network alone, and with exemplars. Means over the
    orders.

    An error is a `first` one where the writer had not corrected this digit, misread as that one,
    before. `new_errors`: the network alone is right. `worst_writer_`: the share that is read right
    of the writer who is read worst, 0 to 1. `ece_`: the expected calibration error, 0 to 1.
    """

    drawings: int
    writers: int
    errors_alone: float
    errors_personal: float
    first_errors: float
    repeated_errors: float
    new_errors: float
    worst_writer_alone: float
    worst_writer_personal: float
    ece_alone: float
    ece_personal: float


@dataclass(frozen=True)
class Course:
    """One writer's N drawings in one order: labels [N]; probabilities [N, 10] alone and adapted;
    and which errors are the first of their kind, [N]."""

    labels: Integers
    alone: Floats
    personal: Floats
    first: Flags

    @property
    def is_right_alone(self) -> Flags:
        return self.alone.argmax(axis=1) == self.labels

    @property
    def is_right(self) -> Flags:
        return self.personal.argmax(axis=1) == self.labels


def measure(
    writers: dict[str, WriterOutputs], *, wrong: float = 0.0, orders: int = ORDERS
) -> PersonalScores:
    """Measure all writers; the share `wrong` of their corrections is mistaken, 0 to 1."""
    by_writer = [
        [_course(one, np.random.default_rng([seed, n]), wrong=wrong) for seed in range(orders)]
        for n, one in enumerate(writers.values())
    ]
    courses = [one for mine in by_writer for one in mine]
    labels = np.concatenate([one.labels for one in courses])
    right_alone = np.concatenate([one.is_right_alone for one in courses])
    right = np.concatenate([one.is_right for one in courses])
    first = np.concatenate([one.first for one in courses])
    return PersonalScores(
        drawings=len(labels) // orders,
        writers=len(writers),
        errors_alone=float((~right_alone).sum() / orders),
        errors_personal=float((~right).sum() / orders),
        first_errors=float(first.sum() / orders),
        repeated_errors=float((~right & ~first).sum() / orders),
        new_errors=float((~right & right_alone).sum() / orders),
        worst_writer_alone=_worst([[one.is_right_alone for one in mine] for mine in by_writer]),
        worst_writer_personal=_worst([[one.is_right for one in mine] for mine in by_writer]),
        ece_alone=_ece([one.alone for one in courses], labels),
        ece_personal=_ece([one.personal for one in courses], labels),
    )


def _worst(is_right: list[list[Flags]]) -> float:
    """The lowest share that is right of any writer, over the orders."""
    return min(float(np.concatenate(mine).mean()) for mine in is_right)


def _ece(probabilities: list[Floats], labels: Integers) -> float:
    return metrics.evaluate(np.concatenate(probabilities), labels).ece


def _course(writer: WriterOutputs, random: Random, *, wrong: float) -> Course:
    order = random.permutation(len(writer.labels))
    alone, labels = writer.outputs.probabilities[order], writer.labels[order]
    embeddings = personal.unit(writer.outputs.embedding[order])
    adapted, first = alone.copy(), np.zeros(len(order), bool)
    corrected: list[int] = []
    given: list[int] = []
    kinds: set[tuple[int, int]] = set()
    for n, label in enumerate(labels):
        known = Exemplars(embeddings[corrected], np.array(given, np.int8), corrected)
        found = personal.gains(embeddings[n], known)
        adapted[n], _ = personal.adapt(alone[n], 1.0, found)
        answer = int(adapted[n].argmax())
        if answer == label:
            continue
        first[n] = (answer, int(label)) not in kinds
        kinds.add((answer, int(label)))
        corrected.append(n)
        given.append(_mistaken(int(label), random) if random.random() < wrong else int(label))
    return Course(labels, alone, adapted, first)


def _mistaken(label: int, random: Random) -> int:
    return int(random.choice([digit for digit in DIGITS if digit != label]))
