"""Estimates how many labels a challenger lacked that was refused only for want of evidence.

A test's p falls as its sample grows: at the same gain per drawing its standard score grows with the
root of their number. So the measured p says about how many labels it would take. It is an estimate
for people to plan by; it decides nothing.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Any

from training.ml.gate import accuracy

# Beyond this many times the labels that there are, the estimate means nothing.
MOST_TIMES = 10
# Digits that make up this share of what is misread are named, if they are no more than so many.
SHARE, MOST_DIGITS = 0.5, 3
# What a decision says of the sign-flip test; older ones say less.
SIGN_FLIP = {"before", "after", "spare", "p", "alpha", "p_as_drawn", "alpha_as_drawn"}
_LEAST_P, _MOST_P = 1e-6, 0.4


def more_labels(decision: dict[str, Any], labels: int) -> int | None:
    """About how many more labels would show that it is better, where there were `labels`, from a
    stored decision; rounded up. None where anything else speaks against it, too, where it gains too
    little to say, or where it was not tested."""
    if not may_help(decision):
        return None
    times = _times(_refused(decision)[0]["figures"])
    return _rounded((times - 1) * labels) if times is not None and times <= MOST_TIMES else None


def may_help(decision: dict[str, Any]) -> bool:
    """Whether nothing speaks against it but that it is not clearly better."""
    return [one["rule"] for one in _refused(decision)] == [accuracy.BETTER.name]


def _refused(decision: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in decision.get("verdicts", []) if not one["passed"]]


def _times(figures: dict[str, Any]) -> float | None:
    """How many times as many drawings would do."""
    if figures.get("test") == "mcnemar":
        return _longest([(figures["p"], figures["alpha"])])
    if not figures.keys() >= SIGN_FLIP or figures["after"] > figures["before"] + figures["spare"]:
        return None
    return _longest(
        [
            (figures["p"], figures["alpha"]),
            (figures["p_as_drawn"], figures["alpha_as_drawn"]),
        ]
    )


def _longest(tests: Iterable[tuple[float, float]]) -> float | None:
    """By p and the p allowed of each test; None where one shows next to no gain."""
    found = []
    for p, alpha in tests:
        if p > _MOST_P:
            return None
        found.append((_score(alpha) / _score(max(p, _LEAST_P))) ** 2)
    return max([1.0, *found])


def _score(p: float) -> float:
    return -NormalDist().inv_cdf(p)


def _rounded(count: float) -> int | None:
    step = 10 if count < 100 else 50
    return math.ceil(count / step) * step or None


def hardest_digits(recall: Sequence[float], support: Sequence[int]) -> list[int]:
    """The few digits, from 0 to 9, that are half of what is misread, by their recall and number;
    none where what is misread is spread over more."""
    missed = [round((1 - one) * count) for one, count in zip(recall, support, strict=True)]
    order = sorted(range(len(missed)), key=lambda digit: -missed[digit])
    for many in range(1, MOST_DIGITS + 1):
        if 0 < sum(missed) <= sum(missed[digit] for digit in order[:many]) / SHARE:
            return sorted(order[:many])
    return []
