"""The gate: decides whether a challenger replaces the champion.

It applies RULES, each a function of the evidence alone, and promotes the challenger if none
refuses. docs/decisions/the-gate.md explains the rules and how often they err. A run's page imports
this module for the rules' titles, so it loads neither torch, SciPy nor scikit-learn.
"""

from dataclasses import asdict, dataclass
from typing import Any

from training.ml.gate import accuracy, behaviour
from training.ml.gate.evidence import Evidence
from training.ml.gate.rule import Figures, Rule, RuleVerdict
from training.ml.gate.thresholds import GateThresholds

# In the order in which a run's page shows them.
RULES: tuple[Rule, ...] = (
    accuracy.MNIST,
    accuracy.SHIPPED,
    accuracy.BETTER,
    accuracy.RECALL,
    behaviour.REGRESSIONS,
    behaviour.CALIBRATION,
    behaviour.OOD_DETECTION,
    behaviour.EXPORT,
    behaviour.SPEED,
)
TITLES = {rule.name: rule.title for rule in RULES}
# Names that decisions stored before 2026-11-28 have.
FORMER_NAMES = {"telling": behaviour.OOD_DETECTION.name}


@dataclass(frozen=True)
class Decision:
    """Whether to promote, in words, and every rule's verdict.

    `test` names the test that the rule "better" applied: "mcnemar", "crossed" (the sign-flip test
    on holdout and out-of-fold predictions), or "none" where there were too few drawings.
    """

    promote: bool
    test: str
    words: str
    verdicts: list[RuleVerdict]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def decide(evidence: Evidence, thresholds: GateThresholds) -> Decision:
    """Judge the evidence by every rule; any one may refuse."""
    verdicts = {rule: rule.judge(evidence, thresholds) for rule in RULES}
    refused = [rule for rule, verdict in verdicts.items() if not verdict.passed]
    better = verdicts[accuracy.BETTER]
    return Decision(
        promote=not refused,
        test=better.figures["test"],
        words=_words(refused, better),
        verdicts=list(verdicts.values()),
    )


def rule_title(name: str) -> str:
    """The title of the rule that a stored decision names; the name itself if no rule has it."""
    return TITLES.get(FORMER_NAMES.get(name, name), name)


def _words(refused: list[Rule], better: RuleVerdict) -> str:
    """The decision in a sentence or a few."""
    if better.figures["test"] == "none":
        return better.words
    if refused:
        return " ".join(f"{rule.refusal}." for rule in refused)
    return f"{_in_what_better(better.figures)}, and is nowhere worse by more than is allowed."


def _in_what_better(figures: Figures) -> str:
    if figures["test"] == "mcnemar":
        fixed, broken = figures["fixed"], figures["broken"]
        return f"It reads people’s drawings better (it fixes {fixed} and breaks {broken})"
    before, after = figures["before"], figures["after"]
    counted = f"({before} of {figures['drawings']} wrong before, {after} after)"
    if after < before:
        return f"It reads people’s drawings better {counted}"
    return f"It is more confident about what people’s drawings are {counted}"
