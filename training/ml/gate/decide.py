"""The gate: whether a challenger replaces the champion. Pure.

Nine rules, each a function of the evidence alone; the challenger is promoted if none refuses.
docs/decisions/the-gate.md says why they are as they are, and how often they err.
"""

from collections.abc import Callable

from training.ml.gate import accuracy, behaviour
from training.ml.gate.evidence import Decision, Evidence, Figures, RuleVerdict
from training.ml.gate.rules import Rules

RULES: tuple[Callable[[Evidence, Rules], RuleVerdict], ...] = (
    accuracy.mnist,
    accuracy.shipped,
    accuracy.better,
    accuracy.recall,
    behaviour.regressions,
    behaviour.calibration,
    behaviour.telling,
    behaviour.export,
    behaviour.speed,
)


# What a refusal means, in plain words; the figures stand with each verdict.
REFUSALS = {
    "mnist": "It forgot too much of MNIST",
    "shipped": "It reads MNIST worse than the version that shipped",
    "better": "It is not clearly better on people's drawings yet",
    "recall": "A digit is recognised less often",
    "regressions": "Mistakes that were mended came back",
    "calibration": "How sure it is says less about how often it is right",
    "telling": "It tells what is no digit less well",
    "export": "The exported file does not say what the network says",
    "speed": "It is slower",
}


def decide(evidence: Evidence, rules: Rules) -> Decision:
    """Hear every rule; any one may refuse."""
    verdicts = [rule(evidence, rules) for rule in RULES]
    refused = [verdict for verdict in verdicts if not verdict.passed]
    spoke = next(verdict for verdict in verdicts if verdict.rule == "better")
    return Decision(
        promote=not refused,
        test=spoke.figures["test"],
        words=_words(refused, spoke),
        verdicts=verdicts,
    )


def _words(refused: list[RuleVerdict], spoke: RuleVerdict) -> str:
    """The decision in a sentence."""
    if spoke.figures["test"] == "none":
        return spoke.words
    if refused:
        return ". ".join(REFUSALS[one.rule] for one in refused) + "."
    return f"{_better(spoke.figures)}, and is nowhere worse by more than is allowed."


def _better(figures: Figures) -> str:
    if figures["test"] == "mcnemar":
        mends, breaks = figures["fixed"], figures["broken"]
        return f"It reads people's drawings better (it mends {mends} and breaks {breaks})"
    before, after = figures["before"], figures["after"]
    counted = f"({before} of {figures['drawings']} wrong before, {after} after)"
    if after < before:
        return f"It reads people's drawings better {counted}"
    return f"It is surer of what people's drawings are {counted}"
