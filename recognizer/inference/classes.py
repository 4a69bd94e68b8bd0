"""The eleven classes of a label, as numbers: ten digits, and not a digit. Pure."""

NOT_A_DIGIT = 10


def as_class(digit: int | None) -> int:
    """0 to 9, or NOT_A_DIGIT for None."""
    return NOT_A_DIGIT if digit is None else digit


def as_digit(label: int) -> int | None:
    """The digit, or None for NOT_A_DIGIT."""
    return None if label == NOT_A_DIGIT else label
