"""How pages, admin and reports write a digit and a share."""

import math

NOT_A_DIGIT = "not a digit"


def digit_word(digit: int | None) -> str:
    """A digit, or "not a digit" for None."""
    return NOT_A_DIGIT if digit is None else str(digit)


def percent(share: float) -> str:
    """98.2 %, cut and not rounded: 100 % is said of no answer below it."""
    return f"{math.floor(share * 1000) / 10:.1f} %"
