"""The kinds of answers, by the names that the API, the pages and the database use."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

CANDIDATES = 2


class Verdict(StrEnum):
    """What kind of answer it is."""

    DIGIT = "digit"
    NUMBER = "number"
    UNSURE = "unsure"
    NOT_A_DIGIT = "not a digit"
    SEVERAL = "several"


# The verdicts for which "not a digit" is the right label. An answer that is unsure, or cannot read
# each of several digits, claims nothing that could be right.
NO_DIGIT = (Verdict.NOT_A_DIGIT, Verdict.NUMBER)


def is_right(verdict: Verdict, digit: int | None, truth: int | None) -> bool:
    """Whether the answer is right if the drawing is this digit; None: not a digit."""
    return verdict in NO_DIGIT if truth is None else digit == truth


def verdict_of(
    *, digit: int | None, number: str | None, parts: Sequence[Any], is_digit: float, least: float
) -> Verdict:
    """The verdict for an answer; `least` is the threshold of `is_digit`, 0 to 1."""
    if digit is not None:
        return Verdict.DIGIT
    if parts:
        return Verdict.SEVERAL if number is None else Verdict.NUMBER
    return Verdict.NOT_A_DIGIT if is_digit < least else Verdict.UNSURE


def candidates_of(verdict: Verdict, probabilities: Sequence[float]) -> list[int]:
    """The most probable digits, most probable first, if the verdict is "unsure"; else none."""
    if verdict != Verdict.UNSURE:
        return []
    return sorted(range(10), key=probabilities.__getitem__, reverse=True)[:CANDIDATES]


def claim_of(answer: Any) -> tuple[Verdict, int | None, str | None]:
    """What an answer asserts, without its confidence: answers with equal claims say the same."""
    return answer.verdict, answer.digit, answer.number
