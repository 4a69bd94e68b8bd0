"""Tests accuracy, calibration and detection figures against values computed by hand."""

import math

import numpy as np
import pytest

from training.ml.evaluation import metrics, reliability


def row(**shares: float) -> list[float]:
    return [shares.get(f"d{digit}", 0.0) for digit in range(10)]


FOUR = np.array([row(d3=0.9, d5=0.1), row(d3=0.6, d8=0.4), row(d8=0.8, d3=0.2), row(d8=1.0)])
LABELS = np.array([3, 8, 8, 8])


def test_accuracy_and_errors() -> None:
    found = metrics.evaluate(FOUR, LABELS)
    assert (found.count, found.accuracy, found.errors) == (4, 0.75, 1)


def test_sure_errors_are_wrong_with_95_percent_or_more() -> None:
    wrong = np.array([row(d3=0.95, d5=0.05), row(d3=0.94, d5=0.06), row(d8=1.0)])
    assert metrics.evaluate(wrong, np.array([5, 5, 8])).sure_errors == 1


def test_precision_and_recall_by_digit() -> None:
    found = metrics.evaluate(FOUR, LABELS)
    assert found.precision[3] == 0.5
    assert found.recall[3] == 1.0
    assert found.precision[8] == 1.0
    assert found.recall[8] == pytest.approx(2 / 3)
    assert found.support[8] == 3
    assert found.recall[0] == 0


def test_the_confusion_matrix_has_truth_in_rows() -> None:
    found = metrics.evaluate(FOUR, LABELS)
    assert found.confusion[8][3] == 1
    assert found.confusion[8][8] == 2
    assert found.confusion[3][8] == 0


def test_log_loss_by_hand() -> None:
    expected = -(math.log(0.9) + math.log(0.4) + math.log(0.8) + math.log(1.0)) / 4
    assert metrics.evaluate(FOUR, LABELS).nll == pytest.approx(expected, rel=1e-6)


def test_calibration_error_by_hand() -> None:
    # Each answer lies in a bin of its own: |0.9-1|, |0.6-0|, |0.8-1| and |1-1|, by a quarter.
    assert metrics.evaluate(FOUR, LABELS).ece == pytest.approx((0.1 + 0.6 + 0.2) / 4)


def test_answers_in_one_bin_are_averaged_before_they_are_compared() -> None:
    both = np.array([row(d1=0.92, d2=0.08), row(d1=0.92, d2=0.08)])
    found = metrics.evaluate(both, np.array([1, 2]))
    assert found.ece == pytest.approx(0.92 - 0.5)


def test_a_bin_holds_its_upper_edge() -> None:
    bins = reliability.reliability(np.array([row(d1=1.0), row(d1=0.2, d2=0.1)]), np.array([1, 1]))
    assert len(bins) == reliability.BINS
    assert bins[-1].count == 1
    assert bins[2].count == 1


def test_telling_apart_by_hand() -> None:
    digits, others = np.array([0.9, 0.8, 0.4]), np.array([0.1, 0.6])
    told = metrics.ood_scores(digits, others)
    assert told.auroc == pytest.approx(5 / 6)
    assert told.digits_accepted == pytest.approx(2 / 3)
    assert told.others_accepted == pytest.approx(1 / 2)
    assert told.others_accepted_at_99 == pytest.approx(1 / 2)


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        metrics.evaluate(FOUR, LABELS[:2])
    with pytest.raises(ValueError, match="do not fit"):
        metrics.evaluate(FOUR[:0], LABELS[:0])


def test_an_evaluation_becomes_plain_numbers() -> None:
    import json

    assert json.loads(json.dumps(metrics.evaluate(FOUR, LABELS).as_dict()))["errors"] == 1
