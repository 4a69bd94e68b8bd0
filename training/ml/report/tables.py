"""The tables that `manage.py evaluate` prints."""

from collections.abc import Sequence

from recognizer.inference.percentages import percent, percent_short, points
from training.ml.evaluation.benchmark import (
    CONFIDENT,
    CorruptionScores,
    DigitScores,
    MeanScores,
    NonDigitScores,
    Timing,
)
from training.ml.evaluation.personal import PersonalScores
from training.ml.evaluation.pictures import SURE, PictureScores

DIGITS_HEAD = (
    *("", "digits", "right %", "wrong", "blank", "ECE, points", "NLL"),
    *("answered %", "of these wrong", "refused though right", "wrong with 95% or more"),
)


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as text: the first column aligned left, the others right."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return "  ".join([first, *rest]).rstrip()


def digits(found: dict[str, DigitScores]) -> str:
    """One row for each set of digits."""
    return grid(DIGITS_HEAD, [_digits_row(name, one) for name, one in found.items()])


def _digits_row(name: str, one: DigitScores) -> list[str]:
    return [
        name,
        f"{one.count:,}",
        points(one.accuracy),
        str(one.wrong),
        str(one.blank),
        points(one.of_read.ece),
        f"{one.of_read.nll:.4f}",
        points(one.answered),
        str(one.wrong_answered),
        str(one.right_refused),
        str(one.of_read.sure_errors),
    ]


def personal(found: dict[float, PersonalScores]) -> str:
    """One row for each share of wrong labels."""
    head = (
        *("wrong labels", "drawings", "writers", "wrong alone", "wrong", "first of their kind"),
        *("repeated", "right alone", "worst writer, right %", "alone", "ECE, points", "alone"),
    )
    return grid(head, [_personal_row(share, one) for share, one in found.items()])


def _personal_row(share: float, one: PersonalScores) -> list[str]:
    return [
        percent_short(share),
        f"{one.drawings:,}",
        str(one.writers),
        *(
            f"{errors:.1f}"
            for errors in (
                one.errors_alone,
                one.errors_personal,
                one.first_errors,
                one.repeated_errors,
                one.new_errors,
            )
        ),
        points(one.worst_writer_personal),
        points(one.worst_writer_alone),
        points(one.ece_personal),
        points(one.ece_alone),
    ]


def by_digit(one: DigitScores) -> str:
    """The recall of each digit, and the confusions, the commonest first."""
    recall = [["right %", *("-" if share is None else points(share) for share in one.recall)]]
    words = [f"{row.label} as {row.answer}: {row.count}" for row in one.confusions]
    table = grid(["digit", *map(str, range(len(one.recall)))], recall)
    return f"{table}\n\nTaken for another, commonest first: {', '.join(words) or 'none'}."


def corrupted(found: dict[str, CorruptionScores], means: dict[str, MeanScores]) -> str:
    """One row for each corruption, and their mean; without and with the preprocessing."""
    head = ("", "straight: right %", "ECE, points", "through ink: right %", "ECE, points")
    rows = [
        (name, *_right_and_ece(one.straight), *_right_and_ece(one.through_ink))
        for name, one in found.items()
    ]
    mean = [cell for one in means.values() for cell in (points(one.accuracy), points(one.ece))]
    return grid(head, [*rows, ("mean", *mean)])


def _right_and_ece(one: DigitScores) -> tuple[str, str]:
    return points(one.accuracy), points(one.of_read.ece)


def pictures(found: dict[str, PictureScores]) -> str:
    """One row for each kind of picture."""
    sure = f"wrong with {percent_short(SURE)} or more, %"
    head = ("", "pictures", "right %", sure, "wrong %", "refused %")
    return grid(head, [_pictures_row(kind, one) for kind, one in found.items()])


def _pictures_row(kind: str, one: PictureScores) -> list[str]:
    counts = (one.right, one.wrong_sure, one.wrong, one.refused)
    return [kind, str(one.count), *(points(count / one.count) for count in counts)]


def speed(found: dict[str, Timing], *, starting: float) -> str:
    """The networks, the first beside the others; and the seconds until it has answered once."""
    head = ("", "milliseconds a digit", "weights", "bytes", "the first takes, of its time")
    rows = [
        (
            name,
            f"{one.milliseconds:.3f}",
            f"{one.weights:,}",
            f"{one.size:,}",
            f"{one.ratio:.2f}",
        )
        for name, one in found.items()
    ]
    return f"{grid(head, rows)}\n\nLoaded and warm in {starting * 1000:.0f} ms."


def others(found: NonDigitScores, names: dict[str, str], *, threshold: float) -> str:
    """How well non-digits are detected, and what each threshold rejects."""
    detection = found.telling
    lines = [
        f"Digits: {found.digits:,} of {names['digits']}.",
        f"Others: {found.others:,} of {names['others']}. Blank, and left out: {found.blank}.",
        f"AUROC {detection.auroc:.4f}",
        f"Where 99% of the digits are accepted (is_digit {found.threshold_at_99:.4f}): "
        f"{percent(detection.others_accepted_at_99, 2)} of the others are.",
        f"At the threshold {threshold:g}: {percent(detection.digits_accepted, 2)} of the digits "
        f"and {percent(detection.others_accepted, 2)} of the others are accepted.",
        f"Answered with a digit: {percent(found.others_named, 2)} of the others; "
        f"with one of {percent(CONFIDENT, 0)} or more: {percent(found.others_sure, 2)}.",
        f"The ten probabilities alone give one of {percent(CONFIDENT, 0)} or more to "
        f"{percent(found.sure_by_digit_alone, 2)}.",
    ]
    head = ("is_digit asked", "digits refused %", "others refused %")
    rows = [
        (f"{row.asked:g}", points(row.digits_refused), points(row.others_refused))
        for row in found.thresholds
    ]
    return "\n".join(lines) + "\n\n" + grid(head, rows)
