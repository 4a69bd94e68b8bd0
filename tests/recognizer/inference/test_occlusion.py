"""Why: by networks that are known to look at one place, and by the one that ships."""

import hashlib
import json
import re

import numpy as np
import pytest

from recognizer.inference.classifier import Classifier
from recognizer.inference.ink_pieces import PicturePieces, StrokePieces
from recognizer.inference.occlusion import MOST_LEFT_OUT, Explanation, explain
from recognizer.ink import rasterize
from recognizer.ink.strokes import parse
from recognizer.registry import SHIPPED
from tests import networks
from tests.recognizer.images import seven
from tests.recognizer.ink.test_rasterize import TWO

# A 7 with a bar: roof and stem, and the bar.
SEVEN = [[[20, 10], [80, 10], [45, 90]], [[38, 50], [75, 50]]]
# Of one grey value.
STEP = 0.001


def loaded(onnx: bytes) -> Classifier:
    return Classifier(onnx, sha256=hashlib.sha256(onnx).hexdigest())


def looking_at_the_top(
    *, digit: int, rival: int, enough: float = 3.0, against_below: float = 0.0, **how: float
) -> Classifier:
    """Says `digit` where the upper third holds so much ink or more (a SEVEN has ten), and else
    `rival`; ink in the lower third may speak against the digit."""
    weights = np.zeros((28, 28, 10))
    weights[:10, :, digit] = STEP
    weights[18:, :, digit] = -against_below * STEP
    logits = np.full(10, -5.0)
    logits[digit], logits[rival] = 0, enough
    return loaded(networks.linear(weights, logits, **how))


def of(strokes: list, classifier: Classifier) -> tuple[Explanation, StrokePieces]:
    pieces = StrokePieces(parse(strokes, width=100, height=100), version=1)
    return explain(pieces, classifier), pieces


def heights(pieces: StrokePieces) -> np.ndarray:
    return pieces.centres[:, 1]


def test_ink_that_was_looked_at_spoke_and_other_ink_did_not():
    found, pieces = of(SEVEN, looking_at_the_top(digit=7, rival=1))
    assert (found.digit, found.runner_up, found.answer.digit) == (7, 1, 7)
    assert (found.weights[heights(pieces) < 8] > 0.3).all()
    assert np.allclose(found.weights[heights(pieces) > 14], 0, atol=1e-3)
    assert found.weights.max() == 1
    assert found.sentence.startswith("Read as 7, mainly because of the ink at the top")


def test_ink_may_speak_against_the_digit():
    found, pieces = of(SEVEN, looking_at_the_top(digit=7, rival=1, against_below=0.5))
    assert (found.weights[heights(pieces) > 20] < -0.1).all()
    assert np.abs(found.weights).max() == 1


def test_what_spoke_for_the_digit_held_the_runner_up_back():
    found, pieces = of(SEVEN, looking_at_the_top(digit=7, rival=1))
    assert (found.rival_weights[heights(pieces) < 8] > 0.3).all()
    assert found.margin == pytest.approx(
        found.answer.probabilities[7] - found.answer.probabilities[1]
    )


def test_the_part_without_which_it_is_the_runner_up_is_read_so():
    classifier = looking_at_the_top(digit=7, rival=1, enough=7)
    found, pieces = of(SEVEN, classifier)
    assert found.change is not None
    assert 0 < found.change.share <= MOST_LEFT_OUT
    assert found.change.share == pytest.approx(pieces.shares[list(found.change.part)].sum())
    rest = rasterize.from_strokes(pieces.rest(found.change.part), version=1)
    [answer] = classifier.classify(rest[None])
    assert int(np.argmax(answer.probabilities)) == found.runner_up
    assert found.change_sentence.startswith("Without the ink at the top")


def test_where_leaving_ink_out_does_not_help_it_says_so():
    weights = np.zeros((28, 28, 10))
    logits = np.zeros(10)
    logits[[3, 8]] = 6, 2
    found, _ = of(TWO, loaded(networks.linear(weights, logits)))
    assert (found.digit, found.runner_up, found.change) == (3, 8, None)
    assert found.change_sentence == (
        "None of the parts that were tried, left out, makes it 8: that would take other ink."
    )
    assert found.sentence == "Read as 3; no single part of the ink decided it."
    assert not found.weights.any()


def test_it_says_which_ink_held_the_runner_up_back():
    found, _ = of(SEVEN, looking_at_the_top(digit=7, rival=1))
    assert found.change is None
    assert found.change_sentence.startswith("None of the parts that were tried")
    assert re.search(r"The ink at the top.* held 1 back most\.$", found.change_sentence)


@pytest.mark.parametrize("how", [{"is_digit": 0.1}])
def test_an_answer_without_a_digit_is_explained_by_the_likeliest(how):
    found, _ = of(SEVEN, looking_at_the_top(digit=7, rival=1, **how))
    assert found.answer.digit is None
    assert found.digit == 7
    assert found.sentence.startswith(
        "The answer names no digit; the likeliest is 7, mainly because of the ink at"
    )


@pytest.mark.parametrize("strokes", [[[[50, 50]]], [[[50, 50], [50, 50]]], [[[10, 50], [90, 50]]]])
def test_dots_and_dashes_are_explained_too(strokes):
    found, pieces = of(strokes, looking_at_the_top(digit=7, rival=1))
    assert len(found.weights) == len(pieces.places) > 0
    assert np.isfinite(found.weights).all()


def test_a_picture_is_explained_in_squares():
    pieces = PicturePieces(np.asarray(seven()), version=1)
    found = explain(pieces, looking_at_the_top(digit=7, rival=1))
    assert (found.weights[heights(pieces) < 10] > 0.1).any()
    assert np.allclose(found.weights[heights(pieces) > 14], 0, atol=1e-3)


@pytest.fixture(scope="module")
def shipped() -> Classifier:
    onnx = (SHIPPED / "model.onnx").read_bytes()
    # The drawings here are drawn by version 1, which draws strokes as 2 does.
    assert json.loads((SHIPPED / "model.json").read_text())["ink_version"] in (1, 2)
    return loaded(onnx)


def test_of_a_seven_with_a_bar_the_network_that_ships_needs_roof_or_stem(shipped):
    found, _ = of(SEVEN, shipped)
    assert found.digit == 7
    assert found.weights.max() > 0.3
    assert found.sentence.startswith("Read as 7, mainly because")


def test_the_live_answer_is_the_one_explained(shipped):
    strokes = parse(SEVEN, width=100, height=100)
    [live] = shipped.classify(rasterize.from_strokes(strokes, version=1)[None])
    found = explain(StrokePieces(strokes, version=1), shipped)
    assert found.answer.probabilities == pytest.approx(live.probabilities, abs=1e-5)
