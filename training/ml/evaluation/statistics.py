"""Standard measures of shares and of drift. Pure."""

from collections.abc import Sequence
from math import log, sqrt

# The normal distribution's quantiles for 95 %, two-sided and one-sided.
TWO_SIDED, ONE_SIDED = 1.959964, 1.644854


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1, by E. Wilson (1927); (0, 1) where nothing is known."""
    if count == 0:
        return 0.0, 1.0
    share, z2 = hits / count, TWO_SIDED**2
    middle = share + z2 / (2 * count)
    reach = TWO_SIDED * sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    whole = 1 + z2 / count
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def stability(expected: Sequence[int], actual: Sequence[int]) -> float:
    """The population stability index of two counts over the same bins; 0 is no drift.

    Half a case is added to each bin, so that an empty one is no infinity. Raises ValueError for
    counts of different lengths.
    """
    before, now = _shares(expected), _shares(actual)
    return sum((b - a) * log(b / a) for a, b in zip(before, now, strict=True))


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + len(counts) / 2
    return [(count + 0.5) / total for count in counts]


def stability_by_chance(bins: int, expected: int, actual: int) -> float:
    """What the index stays below in 95 of 100 cases where nothing drifted.

    Without drift the index over (1/n + 1/m) is a chi-squared of bins - 1 degrees (B. Yurdakul,
    2018), whose quantile is Wilson and Hilferty's (1931).
    """
    if bins < 2 or not expected or not actual:
        return 0.0
    free = bins - 1
    part = 2 / (9 * free)
    chi_squared = free * (1 - part + ONE_SIDED * sqrt(part)) ** 3
    return chi_squared * (1 / expected + 1 / actual)
