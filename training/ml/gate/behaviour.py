"""The rules about all else: regressions, calibration, telling, export, speed."""

import numpy as np

from training.ml.arrays import Flags, Integers
from training.ml.evaluation import metrics
from training.ml.gate.evidence import Evidence, Figures, PredictionPair, RuleVerdict, too_many
from training.ml.gate.rules import Rules

NAMED = 10


def regressions(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """The mistakes that were mended stay so: a few may be lost, and are named."""
    count, lost = evidence.regressions, sorted(evidence.lost)
    passed = not too_many(len(lost), count, rules.regression_loss, rules.few)
    if not count:
        words = "No mended mistakes to keep yet."
    elif not lost:
        words = f"All {count} mended mistakes are still right."
    else:
        names = ", ".join(f"#{one}" for one in lost[:NAMED]) + (", ..." if lost[NAMED:] else "")
        words = (
            f"{len(lost)} of {count} mended mistakes are misread again: {names} "
            f"({rules.regression_loss:g} points allowed)."
        )
    figures = {"count": count, "lost": lost, "allowed": rules.regression_loss}
    return RuleVerdict("regressions", passed, words, figures)


def calibration(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """Confidence is as honest as before, on MNIST and on the drawings."""
    drawn = evidence.digits
    pair, labels = evidence.drawings.of(drawn), evidence.drawing_labels[drawn]
    sets = [("MNIST", evidence.mnist, evidence.mnist_labels), ("the drawings", pair, labels)]
    found = [_miscalibrated(name, p, y, rules) for name, p, y in sets if len(y)]
    words = " ".join(
        f"On {one['set']} confidence was {100 * one['before']:.2f} points off, now "
        f"{100 * one['after']:.2f} (up to {100 * one['allowed']:.2f} more allowed)."
        for one in found
    )
    passed = all(one["after"] - one["before"] <= one["allowed"] for one in found)
    return RuleVerdict("calibration", passed, words or "Nothing to measure.", {"sets": found})


def telling(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """Digits are told from what is none as well as before."""
    drawn, mnist = evidence.digits, np.ones(len(evidence.mnist_labels), bool)
    strangers = np.ones(len(evidence.strangers.champion.is_digit), bool)
    found = [
        _taken("made strangers accepted", evidence.strangers, strangers, taken=True),
        _taken("drawn non-digits accepted", evidence.drawings, ~drawn, taken=True),
        _taken("drawn digits turned away", evidence.drawings, drawn, taken=False),
        _taken("MNIST's digits turned away", evidence.mnist, mnist, taken=False),
    ]
    for one in found:
        more = one["after"] - one["before"]
        one["refused"] = too_many(more, one["count"], rules.telling_loss, rules.few)
    words = "; ".join(
        f"{one['what']}: {one['before']} before, {one['after']} after, of {one['count']}"
        for one in found
        if one["count"]
    )
    words = f"{words or 'Nothing to measure'} ({rules.telling_loss:g} points allowed)."
    words = words[0].upper() + words[1:]
    return RuleVerdict("telling", not any(one["refused"] for one in found), words, {"sets": found})


def export(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """What serves says what torch says."""
    far, allowed = evidence.export_difference, rules.export_difference
    words = f"The exported file is {far:.1e} from torch at most, {allowed:.0e} allowed."
    return RuleVerdict("export", far <= allowed, words, {"difference": far, "allowed": allowed})


def speed(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """Not much slower than the champion."""
    before, after = evidence.milliseconds
    words = (
        f"{after:.3f} ms a digit, {before:.3f} before: {after / before:.2f} times, "
        f"{rules.slowdown:g} allowed."
    )
    figures = {"before": before, "after": after, "allowed": rules.slowdown}
    return RuleVerdict("speed", after <= rules.slowdown * before, words, figures)


def _miscalibrated(where: str, pair: PredictionPair, labels: Integers, rules: Rules) -> Figures:
    """Calibration errors as shares. What sampling alone may add is allowed beside the margin."""
    before, after = (
        metrics.expected_calibration_error(metrics.reliability(said.probabilities, labels))
        for said in (pair.champion, pair.challenger)
    )
    wrong = (int((pair.champion.digits != labels).sum()) + 1) / (len(labels) + 2)
    noise = 2 * float(np.sqrt(wrong * (1 - wrong) / len(labels)))
    allowed = rules.ece_loss / 100 + noise
    return {"set": where, "before": before, "after": after, "allowed": allowed}


def _taken(what: str, pair: PredictionPair, chosen: Flags, *, taken: bool) -> Figures:
    """How many of those chosen each network accepts, or (`taken` False) turns away."""
    before, after = (
        int((said.accepted[chosen] == taken).sum()) for said in (pair.champion, pair.challenger)
    )
    return {"what": what, "count": int(chosen.sum()), "before": before, "after": after}
