"""A person's exemplars change what is read near them, and nothing else."""

import hashlib
import math

import numpy as np
import pytest

from recognizer.inference import personal
from recognizer.inference.classes import NOT_A_DIGIT
from recognizer.inference.classifier import Classifier
from recognizer.inference.personal import Exemplars, PersonalClassifier
from recognizer.ink import rasterize, strokes
from recognizer.registry import SHIPPED
from tests.people import SEVEN

MIRRORED_SEVEN = [[[280 - x, y] for x, y in line] for line in SEVEN]
SCRIBBLE = [[[10 * n, 140 + (-1) ** n * 9 * (n % 9)] for n in range(1, 26)]]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    onnx = (SHIPPED / "model.onnx").read_bytes()
    return Classifier(onnx, sha256=hashlib.sha256(onnx).hexdigest())


def picture(lines: list) -> np.ndarray:
    ink = strokes.parse(lines, width=280, height=280)
    return rasterize.from_strokes(ink, version=1)[None]


def moved(lines: list) -> list:
    """The same shape, a little lower and narrower."""
    return [[[20 + x * 0.9, y + 3 * math.sin(y)] for x, y in line] for line in lines]


def person(classifier: Classifier, *labels: tuple[list, int]) -> PersonalClassifier:
    """Somebody who gave drawings these labels; an exemplar's key is 100 and its place."""
    shown = np.concatenate([picture(lines) for lines, _ in labels])
    known = Exemplars(
        embeddings=personal.unit(classifier.embed(shown)),
        labels=np.array([label for _, label in labels], np.int8),
        keys=[100 + place for place in range(len(labels))],
    )
    return PersonalClassifier(classifier, known)


def test_a_shape_that_was_corrected_is_read_as_its_writer_means_it(classifier):
    [before] = classifier.classify(picture(moved(MIRRORED_SEVEN)))
    assert before.digit != 7
    known = person(classifier, (SEVEN, 7), (MIRRORED_SEVEN, 7))
    [after] = known.classify(picture(moved(MIRRORED_SEVEN)))
    assert (after.digit, after.exemplar) == (7, 101)
    assert after.is_digit > 0.5
    [alone] = known.alone.classify(picture(moved(MIRRORED_SEVEN)))
    assert alone == before


def test_a_shape_that_is_no_digit_for_its_writer_is_none(classifier):
    assert classifier.classify(picture(SEVEN))[0].digit == 7
    [after] = person(classifier, (SEVEN, NOT_A_DIGIT)).classify(picture(moved(SEVEN)))
    assert (after.digit, after.exemplar) == (None, 100)


def test_what_is_misread_with_confidence_is_read_right_once_it_was_said_twice(classifier):
    [alone] = classifier.classify(picture(moved(SEVEN)))
    assert (alone.digit, alone.confidence > 0.999) == (7, True)
    [after] = person(classifier, (SEVEN, 1), (SEVEN, 1)).classify(picture(moved(SEVEN)))
    assert after.digit == 1


def test_a_far_exemplar_changes_nothing(classifier):
    turns = [2 * math.pi * step / 40 for step in range(40)]
    ring = [[[140 + 60 * math.cos(turn), 140 + 90 * math.sin(turn)] for turn in turns]]
    [alone] = classifier.classify(picture(ring))
    [after] = person(classifier, (SCRIBBLE, 1)).classify(picture(ring))
    assert alone.digit == 0
    assert after.exemplar is None
    assert after.probabilities == pytest.approx(alone.probabilities, abs=1e-6)
    assert after.is_digit == pytest.approx(alone.is_digit, abs=1e-6)


def test_without_exemplars_it_is_the_network(classifier):
    none = Exemplars(np.zeros((0, 128), np.float32), np.zeros(0, np.int8), [])
    [answer] = PersonalClassifier(classifier, none).classify(picture(SEVEN))
    assert answer.digit == 7
    assert answer.exemplar is None


def test_of_two_labels_of_one_shape_neither_wins(classifier):
    [alone] = classifier.classify(picture(SEVEN))
    [after] = person(classifier, (SEVEN, 7), (SEVEN, 1)).classify(picture(SEVEN))
    assert after.digit == alone.digit == 7


def test_the_network_runs_once_for_each_image(classifier, monkeypatch):
    runs = []
    real = classifier.outputs
    monkeypatch.setattr(
        classifier, "outputs", lambda images: runs.append(len(images)) or real(images)
    )
    known = person(classifier, (SEVEN, 7))
    both = np.concatenate([picture(SEVEN), picture(SCRIBBLE)])
    known.classify(both)
    known.alone.classify(both)
    known.classify(picture(SEVEN))
    assert runs == [2]


def test_what_the_network_misreads_is_kept_first_then_the_youngest():
    confidence = np.array([0.9] * 300 + [0.1, 0.9])
    ages = np.array([5.0] * 300 + [9.0, 1.0])
    kept = personal.chosen(confidence, ages)
    assert len(kept) == personal.MOST_EXEMPLARS
    assert [*kept[:2]] == [300, 301]
