"""What whole drawings read as, with the network that ships."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from recognizer.inference import number_reading, segmentation
from recognizer.inference.classifier import Classifier, Thresholds
from recognizer.inference.verdicts import candidates_of, verdict_of
from recognizer.ink import strokes
from tests import networks
from tests.browser.pointer import (
    FORTY_TWO,
    FOUR,
    LETTER_H,
    SCRIBBLE,
    SEVEN,
    TOUCHING,
    TWO,
    Strokes,
    moved,
)
from tests.recognizer.images import written
from tests.recognizer.inference.sheets import sheet_of

SHIPPED = Path(number_reading.__file__).parents[1] / "shipped" / "model.onnx"
THREE_DIGITS_ONE_A_SCRAWL = (
    moved(FOUR, by=-0.33, size=0.4)
    + moved(SCRIBBLE, by=0, size=0.4)
    + moved(TWO, by=0.33, size=0.4)
)


class Counting(Classifier):
    """Notes how many pictures each run of the network was given."""

    def __init__(self, onnx: bytes, **how: object) -> None:
        self.runs: list[int] = []
        super().__init__(onnx, sha256=hashlib.sha256(onnx).hexdigest(), **how)
        self.runs.clear()

    def classify(self, images: np.ndarray) -> list[number_reading.Answer]:
        self.runs.append(len(images))
        return super().classify(images)


@pytest.fixture
def shipped() -> Counting:
    return Counting(SHIPPED.read_bytes())


def said_of(classifier: Classifier, shape: Strokes) -> number_reading.DrawingAnswer:
    [said] = number_reading.answer(classifier, [sheet_of(shape)])
    return said


def test_one_digit_costs_one_run_of_one_picture(shipped):
    said = said_of(shipped, FOUR)
    assert (said.verdict, said.digit, said.number, said.parts) == ("digit", 4, None, [])
    assert shipped.runs == [1]


def test_a_number_is_read_in_one_run(shipped):
    said = said_of(shipped, FORTY_TWO)
    assert (said.verdict, said.digit, said.number) == ("number", None, "42")
    assert [part.digit for part in said.parts] == [4, 2]
    assert said.confidence == pytest.approx(np.prod([one.confidence for one in said.parts]))
    assert shipped.runs == [3]


def test_a_number_is_read_from_an_image(shipped):
    [said] = number_reading.answer(shipped, [segmentation.of_image(written(FORTY_TWO), version=1)])
    assert (said.number, len(said.parts)) == ("42", 2)


def test_digits_that_touch_are_told_of_and_not_read(shipped):
    said = said_of(shipped, TOUCHING)
    assert (said.verdict, said.digit, said.number) == ("several", None, None)
    assert [part.digit for part in said.parts] == [3, 7]


def test_digits_that_touch_in_an_image_are_told_of(shipped):
    wide = moved(TWO, by=-0.16, size=0.6) + moved(TWO, by=0.16, size=0.6)
    joined = [*wide, [(0.43, 0.68), (0.57, 0.68)]]
    [said] = number_reading.answer(shipped, [segmentation.of_image(written(joined), version=1)])
    assert (said.verdict, said.number) == ("several", None)


def test_a_row_in_which_some_cannot_be_read_is_several(shipped):
    said = said_of(shipped, THREE_DIGITS_ONE_A_SCRAWL)
    assert (said.verdict, said.number) == ("several", None)
    assert [part.digit for part in said.parts] == [4, None, 2]


@pytest.mark.parametrize("shape", [LETTER_H, SCRIBBLE], ids=["H", "scribble"])
def test_what_is_no_digit_is_called_so(shipped, shape):
    said = said_of(shipped, shape)
    assert (said.verdict, said.digit, said.number, said.parts) == ("not a digit", None, None, [])


def test_an_open_four_is_one_digit(shipped):
    open_four: Strokes = [
        [(0.35, 0.2), (0.3, 0.5), (0.52, 0.5)],
        [(0.6, 0.18), (0.58, 0.5), (0.57, 0.85)],
    ]
    assert segmentation.row(sheet_of(open_four)) is not None
    assert said_of(shipped, open_four).digit == 4


MINUS: Strokes = [[(0.08, 0.52), (0.28, 0.5)]]


def test_a_minus_before_a_digit_makes_it_none(shipped):
    four = moved(FOUR, by=0.1, size=0.8)
    assert said_of(shipped, four).digit == 4
    said = said_of(shipped, MINUS + four)
    assert (said.verdict, said.digit, said.number) == ("not a digit", None, None)


def test_a_minus_before_a_digit_in_an_image_makes_it_none(shipped):
    image = written(MINUS + moved(FOUR, by=0.1, size=0.8))
    [said] = number_reading.answer(shipped, [segmentation.of_image(image, version=1)])
    assert (said.verdict, said.digit, said.number) == ("not a digit", None, None)


def test_a_fat_short_minus_makes_it_none(shipped):
    image = np.array(written(moved(FOUR, by=0.1, size=0.8)))
    height, width = image.shape[:2]
    dash = (slice(round(0.46 * height), round(0.56 * height)), slice(2, 2 + round(0.16 * width)))
    image[dash] = image.min()
    [said] = number_reading.answer(shipped, [segmentation.of_image(image, version=1)])
    assert (said.verdict, said.digit, said.number) == ("not a digit", None, None)


def test_a_minus_before_a_number_makes_it_none(shipped):
    said = said_of(shipped, MINUS + moved(FORTY_TWO, by=0.15, size=0.8))
    assert (said.digit, said.number) == (None, None)


UNDERLINE: Strokes = [[(0.2, 0.97), (0.8, 0.96)]]


@pytest.mark.parametrize(("shape", "digit"), [(SEVEN, 7), (FOUR, 4), (TWO, 2)])
def test_an_underline_is_not_read(shipped, shape, digit):
    small = moved(shape, by=0, size=0.9, down=-0.04)
    assert said_of(shipped, small + UNDERLINE).digit == digit
    assert said_of(shipped, UNDERLINE + small).digit == digit


def test_an_underlined_number_is_read(shipped):
    assert said_of(shipped, FORTY_TWO + UNDERLINE).number == "42"


def test_many_drawings_are_answered_in_their_order_in_two_runs(shipped):
    shapes = [FOUR, FORTY_TWO, TOUCHING, SCRIBBLE, TWO, LETTER_H]
    together = number_reading.answer(shipped, [sheet_of(shape) for shape in shapes])
    assert len(shipped.runs) == 2
    alone = [said_of(shipped, shape) for shape in shapes]
    assert [one.verdict for one in together] == [one.verdict for one in alone]
    assert [one.number for one in together] == [None, "42", None, None, None, None]
    assert number_reading.answer(shipped, []) == []


def test_whoever_is_unsure_names_the_candidates():
    unsure = Counting(networks.saying(4, sure=0.4), thresholds=Thresholds(confidence=0.5))
    said = said_of(unsure, TWO)
    assert (said.verdict, said.digit) == ("unsure", None)
    assert said.candidates[0] == 4
    assert len(said.candidates) == 2


def test_the_threshold_of_is_digit_is_the_one_that_was_set():
    how = {"number": None, "parts": [], "is_digit": 0.6}
    assert verdict_of(digit=None, least=0.5, **how) == "unsure"
    assert verdict_of(digit=None, least=0.7, **how) == "not a digit"
    assert candidates_of(verdict_of(digit=None, least=0.7, **how), [0.1] * 10) == []


FLAG = [[[0.36, 0.4], [0.55, 0.15], [0.55, 0.85]]]
FOOT = [*FLAG, [[0.38, 0.85], [0.72, 0.85]]]
BAR = [[[0.25, 0.2], [0.72, 0.2], [0.42, 0.85]], [[0.36, 0.52], [0.68, 0.52]]]
CURL = [[[0.62, 0.3], [0.5, 0.2], [0.38, 0.32], [0.48, 0.45], [0.62, 0.34], [0.62, 0.65]]]
CURL[0] += [[0.55, 0.82], [0.38, 0.82]]


@pytest.mark.parametrize(
    ("digit", "shape"),
    [(1, FLAG), (1, FOOT), (7, BAR), (9, CURL)],
    ids=["flagged 1", "footed 1", "barred 7", "curled 9"],
)
def test_the_worlds_hands_are_read(shipped, digit, shape) -> None:
    drawn = [[[x * 280, y * 280] for x, y in stroke] for stroke in shape]
    sheet = segmentation.of_strokes(strokes.parse(drawn, width=280, height=280), version=1)
    [said] = number_reading.answer(shipped, [sheet])
    assert said.digit == digit
