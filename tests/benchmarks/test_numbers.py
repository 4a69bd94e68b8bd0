"""Tests the benchmark of numbers: what it draws and how it counts."""

import hashlib

import pytest

from benchmarks import numbers
from recognizer.inference import segmentation
from recognizer.inference.classifier import Classifier
from recognizer.ink import strokes
from tests.browser.pointer import FOUR, TWO
from training.ml.data.stroke_files import LabelledStrokes

DRAWINGS = [
    LabelledStrokes(
        strokes.parse([[list(point) for point in line] for line in shape], width=1, height=1), n
    )
    for n, shape in ((4, FOUR), (2, TWO))
]


def test_digits_lie_as_far_apart_as_was_asked_for():
    for gaps, divided in ((numbers.APART, True), (numbers.TOUCHING, False)):
        made = numbers.numbers(DRAWINGS, 50, gaps=gaps)
        assert {len(one.number) for one in made} == {2, 3, 4}
        assert {set(one.number) <= {"4", "2"} for one in made} == {True}
        rows = [segmentation.row(segmentation.of_strokes(one.strokes, version=1)) for one in made]
        assert sum(row is not None for row in rows) == (50 if divided else 0)


def test_what_is_read_right_is_counted():
    onnx = numbers.SHIPPED.read_bytes()
    classifier = Classifier(onnx, sha256=hashlib.sha256(onnx).hexdigest())
    found = numbers.measure(classifier, DRAWINGS, count=20)
    assert (found["apart"], found["single"], found["changed"]) == (20, 2, 0)
    assert found["right"] == pytest.approx(20, abs=4)
    assert sum(found["touching"].values()) == 20
