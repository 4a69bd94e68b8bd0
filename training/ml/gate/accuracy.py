"""The rules about what is read right: MNIST, the shipped version, better, recall."""

import numpy as np

from training.ml.arrays import Floats, Integers
from training.ml.gate import paired_tests
from training.ml.gate.evidence import (
    Evidence,
    Figures,
    PredictionPair,
    RuleVerdict,
    Views,
    right,
    too_many,
)
from training.ml.gate.rules import Rules
from training.ml.network.predictions import Predictions


def mnist(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """Not worse than the champion on MNIST's test images."""
    before = _errors(evidence.mnist.champion, evidence.mnist_labels)
    return _errors_on_mnist("mnist", evidence, before, "the champion", rules.mnist_loss)


def shipped(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """Not worse than the version that ships, so that small losses do not add up."""
    before = evidence.shipped_errors
    if before is None:
        return RuleVerdict("shipped", True, "No version that ships to compare with.", {})
    return _errors_on_mnist("shipped", evidence, before, "the shipped version", rules.shipped_loss)


def better(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """Better on the drawings, by the test that their number allows."""
    drawn = evidence.digits
    pair, labels = evidence.drawings.of(drawn), evidence.drawing_labels[drawn]
    if len(labels) < rules.least_drawings:
        words = (
            f"{len(labels)} labelled digits that neither has learned from are too few to prove "
            f"anything by: {rules.least_drawings - len(labels)} more are needed."
        )
        return RuleVerdict("better", False, words, {"test": "none", "drawings": len(labels)})
    held = evidence.holdout[drawn]
    fixed, broken = _changed(pair.of(held), labels[held])
    if fixed + broken >= rules.least_discordant:
        return _by_mcnemar(fixed, broken, rules)
    return _by_crossed(pair, evidence.views.of(drawn), labels, fixed + broken, rules)


def recall(evidence: Evidence, rules: Rules) -> RuleVerdict:
    """No digit is recognised less often, on MNIST and on the drawings."""
    drawn = evidence.digits
    falls = _falls(evidence.mnist, evidence.mnist_labels, "MNIST", rules.recall_loss_mnist, 1)
    falls += _falls(
        evidence.drawings.of(drawn),
        evidence.drawing_labels[drawn],
        "drawings",
        rules.recall_loss,
        rules.few,
    )
    worst = max(falls, key=lambda one: one["points"], default=None)
    refused = [one for one in falls if one["refused"]]
    allowed = (
        f"{rules.recall_loss_mnist:g} points allowed on MNIST; on drawings {rules.recall_loss:g}, "
        f"and {rules.few - 1} drawings in any case"
    )
    if refused:
        words = "Recall fell too far: " + "; ".join(map(_fall_in_words, refused)) + f" ({allowed})."
    elif worst and worst["points"] > 0:
        words = (
            f"No digit's recall fell too far; the furthest, {_fall_in_words(worst)} ({allowed})."
        )
    else:
        words = "No digit's recall fell."
    return RuleVerdict("recall", not refused, words, {"falls": falls})


def _errors_on_mnist(
    rule: str, evidence: Evidence, before: int, whose: str, points: float
) -> RuleVerdict:
    labels = evidence.mnist_labels
    after, count = _errors(evidence.mnist.challenger, labels), len(labels)
    lost = 100 * (after - before) / max(count, 1)
    words = (
        f"{after} wrong of {count} on MNIST, {whose} {before}: "
        f"{abs(lost):.2f} points {'better' if lost < 0 else 'worse'}, {points:.2f} allowed."
    )
    figures = {"before": before, "after": after, "count": count, "points": lost, "allowed": points}
    # Floating point must not refuse the fifth image of 0.05 points.
    return RuleVerdict(rule, count > 0 and lost <= points + 1e-9, words, figures)


def _by_mcnemar(fixed: int, broken: int, rules: Rules) -> RuleVerdict:
    p = paired_tests.mcnemar(fixed, broken)
    words = (
        f"On the holdout it mends {fixed} drawings and breaks {broken}: "
        f"p = {p:.2g} by McNemar's test, {rules.alpha:g} allowed."
    )
    figures = {"test": "mcnemar", "fixed": fixed, "broken": broken, "p": p, "alpha": rules.alpha}
    return RuleVerdict("better", p <= rules.alpha, words, figures)


def _by_crossed(
    pair: PredictionPair, views: Views, labels: Integers, discordant: int, rules: Rules
) -> RuleVerdict:
    before, after = _errors(pair.champion, labels), _errors(pair.challenger, labels)
    gained, as_drawn = _gains(views, labels, rules), _gains(views.as_drawn, labels, rules)
    p, p_as_drawn = (paired_tests.sign_flip(one, flips=rules.flips) for one in (gained, as_drawn))
    words = (
        f"{before} wrong of {len(labels)} drawings before, {after} after; {rules.spare} more "
        f"allowed. Each drawing's gain in belief, over {views.champion.shape[1]} hands, is "
        f"{gained.mean():+.4f} on average: p = {p:.2g} by a sign-flip test, {rules.alpha:g} "
        f"allowed; as drawn alone {as_drawn.mean():+.4f}: p = {p_as_drawn:.2g}, "
        f"{rules.alpha_as_drawn:g} allowed. (On the holdout they differ on {discordant}; from "
        f"{rules.least_discordant} on McNemar's test decides.)"
    )
    figures: Figures = {
        "test": "crossed",
        "drawings": len(labels),
        "discordant": discordant,
        "before": before,
        "after": after,
        "spare": rules.spare,
        "gain": float(gained.mean()),
        "p": p,
        "alpha": rules.alpha,
        "gain_as_drawn": float(as_drawn.mean()),
        "p_as_drawn": p_as_drawn,
        "alpha_as_drawn": rules.alpha_as_drawn,
    }
    surer = p <= rules.alpha and p_as_drawn <= rules.alpha_as_drawn
    return RuleVerdict("better", surer and after <= before + rules.spare, words, figures)


def _gains(views: Views, labels: Integers, rules: Rules) -> Floats:
    """What each drawing gains [N]: the mean over its views, which share its luck."""
    count, seen = views.champion.shape[:2]
    before, after = (one.reshape(count * seen, -1) for one in (views.champion, views.challenger))
    every = paired_tests.gains(before, after, np.repeat(labels, seen), floor=rules.floor)
    return every.reshape(count, seen).mean(axis=1)


def _falls(
    pair: PredictionPair, labels: Integers, where: str, points: float, few: int
) -> list[Figures]:
    """How far each digit's recall falls; refused are falls over `points` by `few` or more."""
    found = [_fall(pair, labels, digit) | {"set": where} for digit in range(10)]
    for one in found:
        net = one["after"] - one["before"]
        one["refused"] = too_many(net, one["count"], points, few)
        one["points"] = 100 * net / max(one["count"], 1)
    return found


def _fall(pair: PredictionPair, labels: Integers, digit: int) -> Figures:
    chosen = labels == digit
    before, after = (
        _errors(pair.champion.of(chosen), digit),
        _errors(pair.challenger.of(chosen), digit),
    )
    return {"digit": digit, "count": int(chosen.sum()), "before": before, "after": after}


def _fall_in_words(one: Figures) -> str:
    return (
        f"of {one['digit']} on {one['set']}: {one['before']} wrong of {one['count']} before, "
        f"{one['after']} after"
    )


def _errors(said: Predictions, labels: Integers | int) -> int:
    return int((said.digits != labels).sum())


def _changed(pair: PredictionPair, labels: Integers) -> tuple[int, int]:
    before, after = right(pair.champion, labels), right(pair.challenger, labels)
    return int((~before & after).sum()), int((before & ~after).sum())
