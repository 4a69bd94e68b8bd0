"""The figures of `manage.py evaluate`, by hand."""

import numpy as np
import pytest

from recognizer.inference.classifier import Outputs, Session, Thresholds
from tests import networks
from training.ml.data.samples import LabelledImages, plain
from training.ml.evaluation import benchmark
from training.ml.report import tables

THRESHOLDS = Thresholds(confidence=0.5, is_digit=0.5)


def said(*answers: tuple[int, float, float]) -> Outputs:
    """Outputs of these answers: digit, confidence, is_digit."""
    rows = [
        [sure if digit == place else (1 - sure) / 9 for place in range(10)]
        for digit, sure, _ in answers
    ]
    scores = [score for *_, score in answers]
    return Outputs(np.array(rows), np.array(scores), np.zeros((len(answers), 1)))


def samples(labels: list[int], *, blank: list[int] | None = None) -> LabelledImages:
    pictures = np.zeros((len(labels), 28, 28), np.uint8)
    return LabelledImages(pictures, np.array(labels), np.array(blank or [], int))


# Right and named; right but not sure; right but no digit; wrong and named; wrong but not sure.
FIVE = said((1, 0.9, 0.9), (2, 0.4, 0.9), (3, 0.9, 0.1), (4, 0.9, 0.9), (4, 0.4, 0.9))
LABELS = [1, 2, 3, 9, 9]


def test_right_is_the_highest_probability_whether_or_not_it_is_named() -> None:
    found = benchmark.figures(FIVE, samples(LABELS), THRESHOLDS)
    assert (found.count, found.wrong, found.accuracy) == (5, 2, pytest.approx(0.6))


def test_what_abstaining_costs_and_saves() -> None:
    found = benchmark.figures(FIVE, samples(LABELS), THRESHOLDS)
    assert found.answered == pytest.approx(0.4)
    assert (found.wrong_answered, found.right_refused) == (1, 2)
    generous = benchmark.figures(FIVE, samples(LABELS), Thresholds(0.0, 0.0))
    assert generous.answered == 1
    assert (generous.wrong_answered, generous.right_refused) == (2, 0)


def test_a_blank_digit_is_wrong_and_not_answered() -> None:
    found = benchmark.figures(FIVE, samples(LABELS, blank=[1, 1, 7]), THRESHOLDS)
    assert (found.count, found.blank, found.wrong) == (8, 3, 5)
    assert found.accuracy == pytest.approx(3 / 8)
    assert found.answered == pytest.approx(2 / 8)
    assert found.recall[1] == pytest.approx(1 / 3)
    assert found.of_read.count == 5


def test_recall_and_what_is_taken_for_what_commonest_first() -> None:
    wrong = said(*[(3, 0.9, 0.9)] * 3, (1, 0.9, 0.9), (7, 0.9, 0.9))
    found = benchmark.figures(wrong, samples([5, 5, 3, 7, 7]), THRESHOLDS)
    assert [found.recall[digit] for digit in (3, 5, 7, 0)] == [1, 0, 0.5, None]
    assert tables.by_digit(found).splitlines()[1].split()[2:6] == ["-", "-", "-", "100.00"]
    assert [(one.label, one.answer, one.count) for one in found.confusions] == [
        (5, 3, 2),
        (7, 1, 1),
    ]


def test_of_many_confusions_the_ten_commonest_are_told() -> None:
    every = [(label, answer) for label in range(10) for answer in range(10) if label != answer]
    outputs = said(*[(answer, 0.9, 0.9) for _, answer in every], (0, 0.9, 0.9))
    found = benchmark.figures(outputs, samples([*(label for label, _ in every), 9]), THRESHOLDS)
    assert len(found.confusions) == 10
    assert (found.confusions[0].label, found.confusions[0].answer) == (9, 0)


def picky() -> Session:
    """A network that takes everything for a surely read 7, and for a digit by 0.8."""
    return Session(networks.saying(7, sure=0.95, is_digit=0.8))


def test_what_each_threshold_costs_and_gains() -> None:
    found = benchmark.non_digit_scores(
        picky(), samples([7] * 4), samples([10] * 2, blank=[10]), Thresholds(0.5, 0.75)
    )
    assert (found.digits, found.others, found.blank) == (4, 2, 1)
    # One network that says the same of all tells nothing apart.
    assert found.telling.auroc == 0.5
    refused = {row.asked: (row.digits_refused, row.others_refused) for row in found.thresholds}
    assert refused[0.75] == (0, 0)
    assert refused[0.9] == (1, 1)
    assert list(refused) == sorted(refused)


@pytest.mark.parametrize(
    ("thresholds", "named", "sure"),
    [(Thresholds(0.5, 0.5), 1, 1), (Thresholds(0.5, 0.9), 0, 0), (Thresholds(0.97, 0.5), 0, 0)],
)
def test_others_with_a_digit_by_both_thresholds(thresholds, named, sure) -> None:
    found = benchmark.non_digit_scores(picky(), samples([7]), samples([10]), thresholds)
    assert (found.others_named, found.others_sure) == (named, sure)
    assert found.sure_by_digit_alone == 1


@pytest.mark.slow  # it exports a network
def test_weights_are_the_numbers_that_the_file_holds_quantised_or_not(artifacts, tiny) -> None:
    from training.ml.network import onnx_export
    from training.ml.network.architectures import parameter_count

    # Each normalisation's two numbers a channel (8 + 16 + 16 + 32) are folded into one; the
    # calibration's few are no parameters.
    folded = parameter_count(tiny) - 72
    assert 0 <= benchmark.weights(artifacts.onnx) - folded < 10
    assert 0 <= benchmark.weights(onnx_export.to_float(tiny)) - folded < 10


@pytest.mark.slow
def test_the_first_is_timed_beside_the_others(artifacts) -> None:
    light = networks.saying(1)
    found = benchmark.speed({"this": artifacts.onnx, "light": light}, turns=50)
    ratio = found["this"].milliseconds / found["light"].milliseconds
    assert found["light"].ratio == pytest.approx(ratio)
    assert found["this"].ratio == 1 < ratio
    assert found["light"].weights == benchmark.weights(light)
    assert found["this"].size == len(artifacts.onnx)
    assert 0 < benchmark.starting(artifacts.onnx, turns=2) < 1


def test_corruptions_straight_and_through_the_preprocessing(small) -> None:
    clean = plain(small.test_images[:30], small.test_labels[:30])
    found = benchmark.read_corrupted(picky(), clean, "brightness", THRESHOLDS, version=1)
    sevens = pytest.approx((clean.labels == 7).mean())
    assert found.straight.accuracy == found.through_ink.accuracy == sevens
    assert found.straight.count == found.through_ink.count == 30


def test_every_corruption_counts_alike_in_the_mean() -> None:
    good = benchmark.figures(FIVE, samples([1, 2, 3, 4, 4]), THRESHOLDS)
    half = benchmark.figures(said((1, 0.9, 0.9), (1, 0.9, 0.9)), samples([1, 2]), THRESHOLDS)
    found = {
        "one": benchmark.CorruptionScores(straight=good, through_ink=half),
        "two": benchmark.CorruptionScores(straight=half, through_ink=half),
    }
    mean = benchmark.means(found)
    assert (mean["straight"].accuracy, mean["through_ink"].accuracy) == (0.75, 0.5)
    assert mean["through_ink"].ece == pytest.approx(0.4)


def test_a_grid_is_aligned() -> None:
    lines = tables.grid(("", "wide head"), [("a name", "1"), ("b", "22")]).splitlines()
    assert lines == ["        wide head", "a name          1", "b              22"]
