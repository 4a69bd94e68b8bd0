"""Drawings as the tests of inference read them."""

from recognizer.inference import segmentation
from recognizer.ink import strokes
from tests.browser.pointer import Strokes


def sheet_of(shape: Strokes) -> segmentation.Sheet:
    points = [[[x * 280, y * 280] for x, y in stroke] for stroke in shape]
    return segmentation.of_strokes(strokes.parse(points, width=280, height=280), version=1)
