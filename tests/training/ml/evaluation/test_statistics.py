"""Tests confidence intervals and the stability index against SciPy and by hand."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, chi2

from training.ml.evaluation.statistics import stability, stability_by_chance, wilson


@pytest.mark.parametrize(
    ("hits", "count"), [(0, 20), (1, 1), (5, 100), (50, 50), (317, 1000), (9_970, 10_000)]
)
def test_wilsons_interval_is_scipys(hits, count):
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    assert wilson(hits, count) == pytest.approx(expected, abs=1e-12)


def test_of_no_cases_nothing_is_known():
    assert wilson(0, 0) == (0, 1)


def test_the_same_shares_are_stable():
    assert stability([100, 300, 600], [10, 30, 60]) == pytest.approx(0, abs=1e-3)


def test_stability_by_hand():
    by_hand = (0.9 - 0.5) * math.log(0.9 / 0.5) + (0.1 - 0.5) * math.log(0.1 / 0.5)
    assert stability([90_000, 10_000], [50_000, 50_000]) == pytest.approx(by_hand, abs=1e-3)


def test_an_empty_bin_is_no_infinity():
    assert 0 < stability([50, 50, 0], [50, 0, 50]) < 20


def test_bins_must_be_the_same():
    with pytest.raises(ValueError, match="zip"):
        stability([1, 2], [1, 2, 3])


def test_what_chance_does():
    random = np.random.default_rng(1)
    shares = np.full(10, 0.1)
    drawn = [
        stability(random.multinomial(400, shares), random.multinomial(150, shares))
        for _ in range(500)
    ]
    below = np.mean(np.array(drawn) < stability_by_chance(10, 400, 150))
    assert 0.92 < below < 0.98


@pytest.mark.parametrize("sizes", [(1, 10, 10), (10, 0, 10), (10, 10, 0)])
def test_without_cases_chance_does_nothing(sizes):
    assert stability_by_chance(*sizes) == 0


@pytest.mark.parametrize("bins", [2, 3, 10, 16])
def test_the_quantile_is_near_scipys(bins):
    assert stability_by_chance(bins, 2, 2) == pytest.approx(chi2.ppf(0.95, bins - 1), rel=0.03)
