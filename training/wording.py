"""The wording of durations, shares and drift on training's pages and in messages."""

from recognizer.inference.percentages import percent

DRIFT = {
    "none": "steady",
    "unclear": "too few drawings to tell",
    "some": "some drift",
    "much": "drifted",
}

CANCELLED = "Staff cancelled it."


def drift_in_words(verdict: str) -> str:
    """The meaning of a verdict of training/monitoring/drift.py."""
    return DRIFT[verdict]


def percent_if_any(share: float | None, decimals: int = 1) -> str:
    """A share, 0 to 1, in percent; empty for None."""
    return "" if share is None else percent(share, decimals)


def seconds(value: float | None) -> str:
    """45 s, 2 min 05 s, 3 h 10 min; empty for None."""
    if value is None:
        return ""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def outlook_in_words(more: int | None, hard: list[int]) -> str:
    """That about so many more labels would help, or, for None, that nobody can say how many; and
    which digits are misread most. `hard`: digits, of which there may be none."""
    words = "More labels may help, but it gains too little so far to say how many."
    if more is not None:
        words = f"About {more:,} more labels would be enough, if it keeps improving at this rate."
    named = " and ".join(filter(None, [", ".join(map(str, hard[:-1])), *map(str, hard[-1:])]))
    digits = f"digit {named} is" if len(hard) == 1 else f"digits {named} are"
    return f"{words} The {digits} misread most." if hard else words
