"""The gate's rules on accuracy: on MNIST, on the drawings, and digit by digit."""

import numpy as np

from training.ml.arrays import Floats, Integers
from training.ml.gate import paired_tests
from training.ml.gate.evidence import Evidence, PredictionPair, Views, right
from training.ml.gate.rule import Figures, Finding, Rule, too_many
from training.ml.gate.thresholds import GateThresholds
from training.ml.network.predictions import Predictions

# Floating point must not refuse the fifth image of 0.05 points.
ROUNDING = 1e-9


def mnist(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """Not worse than the champion on MNIST's test images."""
    before = _errors(evidence.mnist.champion, evidence.mnist_labels)
    return _errors_on_mnist(evidence, before, "the champion", thresholds.mnist_loss)


MNIST = Rule(
    name="mnist",
    title="MNIST’s test images",
    refusal="It forgot too much of MNIST",
    check=mnist,
)


def shipped(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """Not worse on MNIST than the version that ships, so that small losses do not add up."""
    before = evidence.shipped_errors
    if before is None:
        return Finding(True, "There is no version that ships to compare with.", {})
    return _errors_on_mnist(evidence, before, "the shipped version", thresholds.shipped_loss)


SHIPPED = Rule(
    name="shipped",
    title="Against the shipped version",
    refusal="It reads MNIST worse than the version that shipped",
    check=shipped,
)


def _errors_on_mnist(evidence: Evidence, before: int, whose: str, points: float) -> Finding:
    labels = evidence.mnist_labels
    after, count = _errors(evidence.mnist.challenger, labels), len(labels)
    lost = 100 * (after - before) / max(count, 1)
    words = (
        f"{after:,} wrong of {count:,} on MNIST, {whose} {before:,}: "
        f"{abs(lost):.2f} points {'better' if lost < 0 else 'worse'}, {points:.2f} allowed."
    )
    figures = {"before": before, "after": after, "count": count, "points": lost, "allowed": points}
    return Finding(count > 0 and lost <= points + ROUNDING, words, figures)


def better(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """Better on the drawings, by the test that their number allows."""
    drawn = evidence.digits
    pair, labels = evidence.drawings.of(drawn), evidence.drawing_labels[drawn]
    missing = thresholds.least_drawings - len(labels)
    if missing > 0:
        words = (
            f"{len(labels)} labelled digits that neither version has learned from are too few to "
            f"test anything: {missing} more are needed."
        )
        return Finding(False, words, {"test": "none", "drawings": len(labels)})
    held_out = evidence.holdout[drawn]
    fixed, broken = _changed(pair.of(held_out), labels[held_out])
    if fixed + broken >= thresholds.least_discordant:
        return _by_mcnemar(fixed, broken, thresholds)
    return _by_sign_flip(pair, evidence.views.of(drawn), labels, fixed + broken, thresholds)


BETTER = Rule(
    name="better",
    title="Better on people’s drawings",
    refusal="It is not clearly better on people’s drawings yet",
    check=better,
)


def _by_mcnemar(fixed: int, broken: int, thresholds: GateThresholds) -> Finding:
    p, alpha = paired_tests.mcnemar(fixed, broken), thresholds.alpha
    words = (
        f"On the holdout it fixes {fixed} drawings and breaks {broken}: "
        f"p = {p:.2g} by McNemar’s test, {alpha:g} allowed."
    )
    figures = {"test": "mcnemar", "fixed": fixed, "broken": broken, "p": p, "alpha": alpha}
    return Finding(p <= alpha, words, figures)


def _by_sign_flip(
    pair: PredictionPair,
    views: Views,
    labels: Integers,
    discordant: int,
    thresholds: GateThresholds,
) -> Finding:
    before, after = _errors(pair.champion, labels), _errors(pair.challenger, labels)
    in_all_views = _tested(views, labels, thresholds, alpha=thresholds.alpha)
    as_drawn = _tested(views.as_drawn, labels, thresholds, alpha=thresholds.alpha_as_drawn)
    figures: Figures = {
        "test": "crossed",
        "drawings": len(labels),
        "discordant": discordant,
        "before": before,
        "after": after,
        "spare": thresholds.spare,
        **in_all_views,
        **{f"{name}_as_drawn": value for name, value in as_drawn.items()},
    }
    gained = figures["p"] <= figures["alpha"] and figures["p_as_drawn"] <= figures["alpha_as_drawn"]
    passed = gained and after <= before + thresholds.spare
    return Finding(passed, _sign_flip_in_words(figures, views, thresholds), figures)


def _tested(views: Views, labels: Integers, thresholds: GateThresholds, *, alpha: float) -> Figures:
    """The mean gain of the drawings, its p by the sign-flip test, and the p allowed."""
    gains = _gains(views, labels, thresholds)
    p = paired_tests.sign_flip(gains, flips=thresholds.flips)
    return {"gain": float(gains.mean()), "p": p, "alpha": alpha}


def _sign_flip_in_words(figures: Figures, views: Views, thresholds: GateThresholds) -> str:
    return (
        "{before} wrong of {drawings} drawings before, {after} after; {spare} more allowed. "
        "Each drawing’s gain in log-probability, over {views} views, is {gain:+.4f} on average: "
        "p = {p:.2g} by a sign-flip test, {alpha:g} allowed; as drawn alone {gain_as_drawn:+.4f}: "
        "p = {p_as_drawn:.2g}, {alpha_as_drawn:g} allowed. (On the holdout they differ on "
        "{discordant}; from {least_discordant} on, McNemar’s test decides.)"
    ).format(**figures, views=views.champion.shape[1], least_discordant=thresholds.least_discordant)


def _gains(views: Views, labels: Integers, thresholds: GateThresholds) -> Floats:
    """What each drawing gains [N], in nats: the mean over its views, which share its luck."""
    count, per_drawing = views.champion.shape[:2]
    before, after = (
        one.reshape(count * per_drawing, -1) for one in (views.champion, views.challenger)
    )
    every = paired_tests.gains(
        before, after, np.repeat(labels, per_drawing), floor=thresholds.floor
    )
    return every.reshape(count, per_drawing).mean(axis=1)


def recall(evidence: Evidence, thresholds: GateThresholds) -> Finding:
    """No digit is recognised less often, on MNIST or on the drawings."""
    drawn, labels = evidence.digits, evidence.drawing_labels
    falls = [
        *_falls(
            evidence.mnist,
            evidence.mnist_labels,
            name="MNIST",
            points=thresholds.recall_loss_mnist,
            few=1,
        ),
        *_falls(
            evidence.drawings.of(drawn),
            labels[drawn],
            name="drawings",
            points=thresholds.recall_loss,
            few=thresholds.few,
        ),
    ]
    refused = [fall for fall in falls if fall["refused"]]
    return Finding(not refused, _recall_in_words(falls, refused, thresholds), {"falls": falls})


RECALL = Rule(
    name="recall",
    title="No digit falls behind",
    refusal="A digit is recognised less often",
    check=recall,
)


def _recall_in_words(
    falls: list[Figures], refused: list[Figures], thresholds: GateThresholds
) -> str:
    allowed = (
        f"{thresholds.recall_loss_mnist:g} points allowed on MNIST; on drawings "
        f"{thresholds.recall_loss:g}, and {thresholds.few - 1} drawings in any case"
    )
    worst = max(falls, key=lambda fall: fall["points"])
    if refused:
        return f"Recall fell too far: {'; '.join(map(_fall_in_words, refused))} ({allowed})."
    if worst["points"] > 0:
        return f"No digit’s recall fell too far; the furthest, {_fall_in_words(worst)} ({allowed})."
    return "No digit’s recall fell."


def _falls(
    pair: PredictionPair, labels: Integers, *, name: str, points: float, few: int
) -> list[Figures]:
    """How far each digit's recall falls; refused are falls over `points` by `few` or more."""
    falls = [_fall(pair, labels, digit) | {"set": name} for digit in range(10)]
    for fall in falls:
        more = fall["after"] - fall["before"]
        fall["refused"] = too_many(more, fall["count"], points=points, few=few)
        fall["points"] = 100 * more / max(fall["count"], 1)
    return falls


def _fall(pair: PredictionPair, labels: Integers, digit: int) -> Figures:
    chosen = labels == digit
    before, after = (_errors(one.of(chosen), digit) for one in (pair.champion, pair.challenger))
    return {"digit": digit, "count": int(chosen.sum()), "before": before, "after": after}


def _fall_in_words(fall: Figures) -> str:
    return (
        f"of {fall['digit']} on {fall['set']}: {fall['before']} wrong of {fall['count']} before, "
        f"{fall['after']} after"
    )


def _errors(predictions: Predictions, labels: Integers | int) -> int:
    return int((predictions.digits != labels).sum())


def _changed(pair: PredictionPair, labels: Integers) -> tuple[int, int]:
    """How many the challenger fixes, and how many it breaks."""
    before, after = right(pair.champion, labels), right(pair.challenger, labels)
    return int((~before & after).sum()), int((before & ~after).sum())
