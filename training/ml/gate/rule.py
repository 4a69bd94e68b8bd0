"""A rule of the gate: its name, its words for people, and the check that decides it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from training.ml.gate.evidence import Evidence
from training.ml.gate.thresholds import GateThresholds

Figures = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """What a check found: whether its rule passes, a sentence for staff, and figures as JSON."""

    passed: bool
    words: str
    figures: Figures


@dataclass(frozen=True)
class RuleVerdict:
    """A finding with its rule's name, as a decision stores it."""

    rule: str
    passed: bool
    words: str
    figures: Figures


@dataclass(frozen=True)
class Rule:
    """One reason to refuse a challenger.

    `name` stands in stored decisions: where it changes, decide.FORMER_NAMES keeps the old one.
    `title` heads the rule on a run's page. `refusal` says what a refusal means, as a sentence
    without its full stop.
    """

    name: str
    title: str
    refusal: str
    check: Callable[[Evidence, GateThresholds], Finding]

    def judge(self, evidence: Evidence, thresholds: GateThresholds) -> RuleVerdict:
        """The check's finding under this rule's name."""
        found = self.check(evidence, thresholds)
        return RuleVerdict(self.name, found.passed, found.words, found.figures)


def too_many(lost: int, count: int, *, points: float, few: int) -> bool:
    """Whether `lost` of `count` is over `points` percentage points, and at least `few`.

    One of twenty drawings is five points already: a share of few drawings refuses nobody.
    """
    return lost >= few and lost > points / 100 * count
