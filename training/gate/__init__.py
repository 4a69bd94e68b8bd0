"""The gate: whether a challenger replaces the champion. Pure.

Nine rules, each a function of the evidence alone; the challenger is promoted if none refuses.
docs/decisions/the-gate.md says why they are as they are, and how often they err.
"""

from collections.abc import Callable

from training.gate import accuracy, conduct
from training.gate.evidence import (
    NOT_A_DIGIT,
    Decision,
    Evidence,
    Pair,
    Rules,
    Said,
    Verdict,
    right,
)

__all__ = [
    "NOT_A_DIGIT",
    "Decision",
    "Evidence",
    "Pair",
    "Rules",
    "Said",
    "Verdict",
    "decide",
    "right",
]

RULES: tuple[Callable[[Evidence, Rules], Verdict], ...] = (
    accuracy.mnist,
    accuracy.shipped,
    accuracy.better,
    accuracy.recall,
    conduct.regressions,
    conduct.calibration,
    conduct.telling,
    conduct.export,
    conduct.speed,
)


def decide(evidence: Evidence, rules: Rules) -> Decision:
    """Hear every rule; any one may refuse."""
    verdicts = [rule(evidence, rules) for rule in RULES]
    refused = [verdict for verdict in verdicts if not verdict.passed]
    spoke = next(verdict for verdict in verdicts if verdict.rule == "better")
    return Decision(
        promote=not refused,
        test=spoke.figures["test"],
        words=" ".join(one.words for one in refused) or spoke.words,
        verdicts=verdicts,
    )
