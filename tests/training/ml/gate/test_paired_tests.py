"""Tests McNemar's test and the sign-flip test against SciPy and by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest

from tests.training.helpers.evidence import digits, good, predicted
from training.ml.gate import paired_tests


@pytest.mark.parametrize(
    ("fixed", "broken", "p"),
    [(0, 0, 1.0), (5, 0, 1 / 32), (1, 1, 0.75), (0, 3, 1.0), (3, 1, 5 / 16)],
)
def test_mcnemar_counted_by_hand(fixed: int, broken: int, p: float) -> None:
    assert paired_tests.mcnemar(fixed, broken) == p


@pytest.mark.parametrize(("fixed", "broken"), [(15, 5), (14, 6), (40, 60), (700, 610)])
def test_mcnemar_is_scipys_binomial_test(fixed: int, broken: int) -> None:
    expected = binomtest(fixed, fixed + broken, alternative="greater").pvalue
    assert paired_tests.mcnemar(fixed, broken) == pytest.approx(expected)


def test_sign_flips_counted_by_hand() -> None:
    # Of eight ways to sign 3, 2 and 1 two reach 4: all plus, and minus at the one.
    assert paired_tests.sign_flip(np.array([3.0, 2.0, -1.0])) == pytest.approx(2 / 8, abs=0.01)
    assert paired_tests.sign_flip(np.array([1.0, 1.0, 1.0, 1.0])) == pytest.approx(1 / 16, abs=0.01)


def test_no_gain_at_all_proves_nothing() -> None:
    assert paired_tests.sign_flip(np.zeros(5)) == 1
    assert paired_tests.sign_flip(np.empty(0)) == 1


def test_the_same_gains_give_the_same_p_whatever_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    gained = np.random.default_rng(1).normal(0.1, 1, 300)
    whole = paired_tests.sign_flip(gained)
    assert paired_tests.sign_flip(gained) == whole
    monkeypatch.setattr(paired_tests, "_CELLS", 10_000)
    assert paired_tests.sign_flip(gained) == pytest.approx(whole, abs=0.01)


@pytest.mark.parametrize("temperature", [0.5, 0.8, 2.0])
def test_to_be_surer_of_everything_gains_nothing(temperature: float) -> None:
    champion = np.random.default_rng(1).dirichlet(np.full(10, 0.1), 200)
    powers = champion ** (1 / temperature)
    challenger = powers / powers.sum(axis=1, keepdims=True)
    gained = paired_tests.gains(champion, challenger, digits(200), floor=0.1)
    assert np.abs(gained).max() < 1e-9


def test_exchanged_roles_change_the_sign_alone() -> None:
    drawn = good().drawings
    both = drawn.champion.probabilities, drawn.challenger.probabilities
    labels = digits(500)
    forth = paired_tests.gains(*both, labels, floor=0.1)
    back = paired_tests.gains(*reversed(both), labels, floor=0.1)
    np.testing.assert_allclose(forth, -back)


def test_a_label_that_nobody_believes_gains_next_to_nothing() -> None:
    labels = digits(100)
    champion, challenger = predicted(labels), predicted(labels)
    champion.probabilities[0] = predicted((labels + 1)[:1], sure=1 - 9e-3).probabilities
    challenger.probabilities[0] = predicted((labels + 1)[:1], sure=1 - 9e-9).probabilities
    gained = paired_tests.gains(champion.probabilities, challenger.probabilities, labels, floor=0.1)
    assert abs(gained[0]) < 0.02
