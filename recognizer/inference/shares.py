"""Formats probabilities and other shares of 0 to 1 as percentages."""

import math


def points(share: float, decimals: int = 2) -> str:
    """0.12345 as "12.35": percentage points, or the cell of a column whose head says percent."""
    return f"{100 * share:.{decimals}f}"


def percent(share: float, decimals: int = 1) -> str:
    """0.12345 as "12.3%"."""
    return f"{points(share, decimals)}%"


def percent_down(share: float) -> str:
    """98.2%, rounded down: no confidence below 1 is called 100%."""
    return f"{math.floor(share * 1000) / 10:.1f}%"


def percent_short(share: float) -> str:
    """5%, 12.5%, 97.53%: four significant digits, without zeros at the end."""
    return f"{100 * share:.4g}%"
