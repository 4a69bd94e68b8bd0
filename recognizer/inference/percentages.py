"""Formats probabilities and other shares of 0 to 1 as percentages."""

import math


def points(share: float, decimals: int = 2) -> str:
    """0.12345 as "12.35": percentage points, or a cell of a column whose heading says percent."""
    return f"{100 * share:.{decimals}f}"


def percent(share: float, decimals: int = 1) -> str:
    """0.12345 as "12.3%"."""
    return f"{points(share, decimals)}%"


def percent_down(share: float) -> str:
    """0.9825 as "98.2%", rounded down, so that no confidence below 1 is shown as 100%."""
    return f"{math.floor(share * 1000) / 10:.1f}%"


def percent_short(share: float) -> str:
    """5%, 12.5%, 97.53%: four significant digits, without trailing zeros."""
    return f"{100 * share:.4g}%"
