"""A run's evidence as rows, figures and charts for its page. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from recognizer.inference.percentages import percent_short, points
from training.charts import svg
from training.charts.svg import Chart, Series
from training.ml.gate.decide import rule_title
from training.ml.gate.evidence import EvidenceSummary

TESTS = {
    "mcnemar": (
        "Whether it is better was decided on the held-out drawings alone, which neither version "
        "has learned from, by McNemar’s test."
    ),
    "crossed": (
        "With so few labels every drawing served as a test. Those held out were read by the "
        "challenger, each other one by a network fine-tuned without it (cross-validation); each "
        "as it was drawn, and in augmented views."
    ),
}
SETS = {"drawings": "People’s drawings", "mnist": "MNIST’s test images"}
SIDES = {"champion": "Champion", "challenger": "Challenger"}
# An error stands out more strongly from each of these shares of the worst one on.
LEVELS = (0.15, 0.4, 0.75)


@dataclass(frozen=True)
class RuleRow:
    """The verdict of one rule of the gate."""

    rule: str
    title: str
    passed: bool
    words: str


def verdicts(decision: dict[str, Any]) -> list[RuleRow]:
    """The gate's rules in its order."""
    return [
        RuleRow(one["rule"], rule_title(one["rule"]), one["passed"], one["words"])
        for one in decision.get("verdicts", [])
    ]


def which_test(decision: dict[str, Any]) -> str:
    """How “better” was decided, in a sentence or two; empty where it was not."""
    return TESTS.get(decision.get("test", ""), "")


@dataclass(frozen=True)
class Cell:
    """`variant` is a class: right, none, or error-1 (few) to error-4 (most)."""

    count: int
    variant: str
    words: str


@dataclass(frozen=True)
class ConfusionTable:
    """The confusion matrix of one version on one set: `rows[truth][answer]`."""

    title: str
    count: int
    errors: int
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Comparison:
    """Two versions on one set."""

    name: str
    title: str
    confusions: list[ConfusionTable]
    reliability: Chart


def comparisons(evidence: EvidenceSummary) -> list[Comparison]:
    """People's drawings first, then MNIST; a set that was not measured is left out."""
    return [
        Comparison(
            name=name,
            title=title,
            confusions=_confusions(evidence[name]),
            reliability=_reliability(name, title, evidence[name]),
        )
        for name, title in SETS.items()
        if _both(evidence, name)
    ]


def _both(evidence: EvidenceSummary, name: str) -> bool:
    return all((evidence.get(name) or {}).get(side) for side in SIDES)


def _confusions(measured: EvidenceSummary) -> list[ConfusionTable]:
    worst = max(_worst_error(measured[side]["confusion"]) for side in SIDES)
    return [
        ConfusionTable(
            title=title,
            count=measured[side]["count"],
            errors=measured[side]["errors"],
            rows=[
                [_cell(truth, answer, count, worst) for answer, count in enumerate(row)]
                for truth, row in enumerate(measured[side]["confusion"])
            ],
        )
        for side, title in SIDES.items()
    ]


def _worst_error(confusion: list[list[int]]) -> int:
    return max(
        count
        for truth, row in enumerate(confusion)
        for answer, count in enumerate(row)
        if truth != answer
    )


def _cell(truth: int, answer: int, count: int, worst: int) -> Cell:
    if truth == answer:
        return Cell(count, "right", f"{count} of the {truth}s read right")
    if not count:
        return Cell(0, "none", "")
    level = 1 + sum(count > share * worst for share in LEVELS)
    return Cell(count, f"error-{level}", f"{truth} read as {answer}: {count}")


def _reliability(name: str, title: str, measured: EvidenceSummary) -> Chart:
    variants = dict(zip(SIDES, ("second", "first"), strict=True))
    series = [
        Series(SIDES[side], variants[side], list(_bins(measured[side]))) for side in SIDES
    ]  # fmt: skip
    words = "Across: how sure; upwards: the share that was right. " + " ".join(
        f"{SIDES[side]}: expected calibration error {points(measured[side]['ece'])} points."
        for side in SIDES
    )
    name = f"reliability-{name}"
    return Chart(
        name=name,
        title="How sure, how often right",
        words=words,
        svg=svg.reliability(name, f"Reliability on {title}", words, series),
        legend=[(one.variant, one.name) for one in series] + [("honest", "as sure as right")],
        head=["Version", "Confidence", "Right", "Answers"],
        rows=[row for side in SIDES for row in _bin_rows(SIDES[side], measured[side])],
    )


def _bins(measured: EvidenceSummary) -> Iterator[tuple[float, float]]:
    for one in measured["reliability"]:
        if one["count"]:
            yield one["confidence"], one["accuracy"]


def _bin_rows(title: str, measured: EvidenceSummary) -> Iterator[list[str]]:
    for one in measured["reliability"]:
        if one["count"]:
            right = percent_short(one["accuracy"])
            yield [title, percent_short(one["confidence"]), right, f"{one['count']}"]


@dataclass(frozen=True)
class ShareChange:
    """A share before and after, 0 to 1; `variant` is better, worse or same."""

    before: float
    after: float

    @property
    def variant(self) -> str:
        if abs(self.after - self.before) < 0.00005:
            return "same"
        return "better" if self.after > self.before else "worse"


@dataclass(frozen=True)
class DigitRow:
    """One digit in both sets: by set how many there are, and recall and precision."""

    digit: int
    sets: list[tuple[int, ShareChange, ShareChange]]


def digit_rows(evidence: EvidenceSummary) -> list[DigitRow]:
    """Ten rows for the sets that were measured; none where nothing was."""
    names = measured_sets(evidence)
    if not names:
        return []
    return [DigitRow(digit, [_of_digit(evidence[n], digit) for n in names]) for digit in range(10)]


def measured_sets(evidence: EvidenceSummary) -> list[str]:
    return [name for name in SETS if _both(evidence, name)]


def _of_digit(measured: EvidenceSummary, digit: int) -> tuple[int, ShareChange, ShareChange]:
    before, after = (measured[side] for side in SIDES)
    recall, precision = (
        ShareChange(before[what][digit], after[what][digit]) for what in ("recall", "precision")
    )
    return after["support"][digit], recall, precision


@dataclass(frozen=True)
class HeadlineFigure:
    """A figure shown large, before and after."""

    title: str
    before: str
    after: str
    variant: str


def figures(evidence: EvidenceSummary) -> list[HeadlineFigure]:
    """The figures at the top of the page: errors on both sets, AUROC of non-digits, speed."""
    found = [_errors(SETS[name], evidence[name]) for name in measured_sets(evidence)]
    ood_detection = evidence.get("telling") or {}
    if all((ood_detection.get(side) or {}).get("auroc") for side in SIDES):
        found.append(_ood_detection(ood_detection))
    speed = evidence.get("milliseconds")
    if speed:
        found.append(_pair("Milliseconds a digit", speed, "{:.2f}", lower=True, margin=0.1))
    return found


def _errors(title: str, measured: EvidenceSummary) -> HeadlineFigure:
    before, after = (measured[side]["errors"] for side in SIDES)
    count = measured["challenger"]["count"]
    return HeadlineFigure(
        f"{title}: errors in {count:,}",
        f"{before}",
        f"{after}",
        _better_or_worse(before, after, lower=True),
    )


def _ood_detection(measured: EvidenceSummary) -> HeadlineFigure:
    pair = {side: measured[side]["auroc"] for side in SIDES}
    return _pair(
        "Telling digits from everything else (AUROC)", pair, "{:.3f}", lower=False, margin=0.0005
    )


def _pair(
    title: str, pair: dict[str, float], form: str, *, lower: bool, margin: float
) -> HeadlineFigure:
    before, after = (pair[side] for side in SIDES)
    shown = form.format(before), form.format(after)
    near = abs(before - after) <= margin or shown[0] == shown[1]
    variant = "same" if near else _better_or_worse(before, after, lower=lower)
    return HeadlineFigure(title, *shown, variant)


def _better_or_worse(before: float, after: float, *, lower: bool) -> str:
    if before == after:
        return "same"
    return "better" if (after < before) == lower else "worse"


def digits_of(counts: dict[str, Any]) -> list[tuple[str, int]]:
    """How many drawings of each digit a dataset has, and of non-digits."""
    digits: Sequence[int] = counts.get("digits") or []
    named = [(str(digit), count) for digit, count in enumerate(digits)]
    return [*named, ("none", counts.get("not_a_digit", 0))] if named else []
