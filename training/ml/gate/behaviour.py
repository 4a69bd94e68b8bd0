"""The gate's rules on everything but accuracy, from regressions to speed."""

import numpy as np

from recognizer.inference.percentages import points
from training.ml.arrays import Flags, Integers
from training.ml.evaluation.reliability import expected_calibration_error, reliability
from training.ml.gate.evidence import Evidence, PredictionPair
from training.ml.gate.rule import Figures, Finding, Rule, too_many
from training.ml.gate.thresholds import GateThresholds

# How many lost regressions the sentence names; the figures list all.
NAMED = 10


def regressions(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """Corrected mistakes stay corrected; a few may be lost, and are named."""
    count, lost = evidence.regressions, sorted(evidence.lost)
    allowed = thresholds.regression_loss
    passed = not too_many(len(lost), count, points=allowed, few=thresholds.few)
    figures = {"count": count, "lost": lost, "allowed": allowed}
    return Finding(passed, _lost_in_words(lost, count, allowed), figures)


REGRESSIONS = Rule(
    name="regressions",
    title="The regression set",
    refusal="Mistakes that had been corrected came back",
    check=regressions,
)


def _lost_in_words(lost: list[int], count: int, allowed: float) -> str:
    if not count:
        return "There are no corrected mistakes to keep yet."
    if not lost:
        return f"Of {count:,} corrected mistake{'s' if count != 1 else ''} none has come back."
    names = ", ".join(f"#{one}" for one in lost[:NAMED]) + (", ..." if lost[NAMED:] else "")
    return (
        f"{len(lost)} of {count} corrected mistakes are misread again: {names} "
        f"({allowed:g} points allowed)."
    )


def calibration(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """Confidence is as well calibrated as before, on MNIST and on the drawings."""
    drawn = evidence.digits
    pair, labels = evidence.drawings.of(drawn), evidence.drawing_labels[drawn]
    sets = [("MNIST", evidence.mnist, evidence.mnist_labels), ("the drawings", pair, labels)]
    found = [_miscalibration(*one, thresholds.ece_loss) for one in sets if len(one[2])]
    words = " ".join(
        f"On {one['set']}, confidence was {points(one['before'])} points off, and is now "
        f"{points(one['after'])} (up to {points(one['allowed'])} more allowed)."
        for one in found
    )
    passed = all(one["after"] - one["before"] <= one["allowed"] for one in found)
    return Finding(passed, words or "There is nothing to measure.", {"sets": found})


CALIBRATION = Rule(
    name="calibration",
    title="Calibration",
    refusal="How sure it is says less about how often it is right",
    check=calibration,
)


def _miscalibration(name: str, pair: PredictionPair, labels: Integers, ece_loss: float) -> Figures:
    """Both calibration errors as shares 0 to 1, and how much more the challenger's may be: the
    margin of `ece_loss` points, and two standard errors of the champion's accuracy for sampling."""
    before, after = (
        expected_calibration_error(reliability(predictions.probabilities, labels))
        for predictions in (pair.champion, pair.challenger)
    )
    wrong = (int((pair.champion.digits != labels).sum()) + 1) / (len(labels) + 2)
    noise = 2 * float(np.sqrt(wrong * (1 - wrong) / len(labels)))
    return {"set": name, "before": before, "after": after, "allowed": ece_loss / 100 + noise}


def ood_detection(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """Non-digits are turned away, and digits accepted, as well as before."""
    drawn, mnist = evidence.digits, np.ones(len(evidence.mnist_labels), bool)
    generated = np.ones(len(evidence.out_of_distribution.champion.is_digit), bool)
    found = [
        _taken(
            "generated non-digits accepted", evidence.out_of_distribution, generated, taken=True
        ),
        _taken("drawn non-digits accepted", evidence.drawings, ~drawn, taken=True),
        _taken("drawn digits turned away", evidence.drawings, drawn, taken=False),
        _taken("MNIST’s digits turned away", evidence.mnist, mnist, taken=False),
    ]
    for one in found:
        more, points = one["after"] - one["before"], thresholds.ood_loss
        one["refused"] = too_many(more, one["count"], points=points, few=thresholds.few)
    passed = not any(one["refused"] for one in found)
    return Finding(passed, _taken_in_words(found, thresholds.ood_loss), {"sets": found})


OOD_DETECTION = Rule(
    name="ood_detection",
    title="Telling digits from everything else",
    refusal="It tells digits from everything else less well",
    check=ood_detection,
)


def _taken(what: str, pair: PredictionPair, chosen: Flags, *, taken: bool) -> Figures:
    """How many of the chosen each network accepts, or (`taken` False) turns away."""
    before, after = (
        int((predictions.accepted[chosen] == taken).sum())
        for predictions in (pair.champion, pair.challenger)
    )
    return {"what": what, "count": int(chosen.sum()), "before": before, "after": after}


def _taken_in_words(found: list[Figures], allowed: float) -> str:
    words = "; ".join(
        f"{one['what']}: {one['before']} before, {one['after']} after, of {one['count']:,}"
        for one in found
        if one["count"]
    )
    words = words or "there is nothing to measure"
    return f"{words[0].upper()}{words[1:]} ({allowed:g} points allowed)."


def export(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """The exported file, which serves, answers as torch does, but for what quantising costs."""
    changed, difference = evidence.export.changed * 100, evidence.export.difference
    allowed = {"changed": thresholds.export_changed, "difference": thresholds.export_difference}
    words = (
        f"The exported file gives another answer than torch to {changed:.1f}% of the digits "
        f"({allowed['changed']:g} points allowed); its probabilities differ by {difference:.1e} on "
        f"average ({allowed['difference']:g} allowed)."
    )
    holds = changed <= allowed["changed"] and difference <= allowed["difference"]
    return Finding(holds, words, {"changed": changed, "difference": difference, "allowed": allowed})


EXPORT = Rule(
    name="export",
    title="The exported file agrees with torch",
    refusal="The exported file does not compute what the network does",
    check=export,
)


def speed(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """Not much slower than the champion."""
    (before, after), allowed = evidence.milliseconds, thresholds.slowdown
    words = (
        f"{after:.3f} ms a digit, {before:.3f} before: {after / before:.2f} times, "
        f"{allowed:g} allowed."
    )
    figures = {"before": before, "after": after, "allowed": allowed}
    return Finding(after <= allowed * before, words, figures)


SPEED = Rule(name="speed", title="Speed", refusal="It is slower", check=speed)
