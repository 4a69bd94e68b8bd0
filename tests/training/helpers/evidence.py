"""Makes evidence for the gate's tests from given predictions, promoted unless changed."""

from dataclasses import replace
from typing import Any

import numpy as np

from training.ml.arrays import Integers
from training.ml.gate.evidence import Evidence, PredictionPair, as_drawn
from training.ml.gate.thresholds import GateThresholds
from training.ml.network.predictions import Agreement, Predictions

THRESHOLDS = GateThresholds()


def predicted(
    labels: Integers, *, wrong: int = 0, sure: float = 0.999, start: int = 0
) -> Predictions:
    """Predictions for labels [N], all `sure`: right but for `wrong` of them, from `start` on."""
    answers = np.where(labels == 10, 0, labels)
    missed = slice(start, start + wrong)
    answers[missed] = (answers[missed] + 1) % 10
    probabilities = np.full((len(labels), 10), (1 - sure) / 9)
    probabilities[np.arange(len(labels)), answers] = sure
    return Predictions(probabilities, np.where(labels == 10, 0.1, 0.9))


def digits(count: int) -> Integers:
    """0 to 9 in turn [count]."""
    return np.arange(count) % 10


def good(*, drawings: int = 500) -> Evidence:
    """MNIST as before; twenty drawings that were doubtful no longer are, and three are fixed."""
    mnist, drawn = digits(10_000), digits(drawings)
    before, after = predicted(drawn, wrong=5, sure=0.995), predicted(drawn, wrong=2, sure=0.995)
    doubtful = slice(40, 60)
    before.probabilities[doubtful] = predicted(drawn[doubtful], sure=0.8).probabilities
    generated = Predictions(np.full((1000, 10), 0.1), np.where(np.arange(1000) < 50, 0.9, 0.1))
    return Evidence(
        mnist=PredictionPair(
            predicted(mnist, wrong=34, sure=0.997), predicted(mnist, wrong=34, sure=0.997)
        ),
        mnist_labels=mnist,
        shipped_errors=34,
        drawings=PredictionPair(before, after),
        views=as_drawn(PredictionPair(before, after)),
        drawing_labels=drawn,
        ids=np.arange(1, drawings + 1),
        holdout=np.arange(drawings) % 5 == 0,
        out_of_distribution=PredictionPair(generated, generated),
        regressions=40,
        lost=[],
        export=Agreement(changed=0.0, difference=6e-5),
        milliseconds=(0.2, 0.21),
    )


def but(evidence: Evidence, **changes: Any) -> Evidence:
    """The same evidence with some of it changed; of pairs of predictions the challenger's."""
    for name in ("mnist", "drawings", "out_of_distribution"):
        if name in changes:
            changes[name] = replace(getattr(evidence, name), challenger=changes[name])
    if "drawings" in changes and "views" not in changes:
        changes["views"] = as_drawn(changes["drawings"])
    return replace(evidence, **changes)


def on(drawings: PredictionPair, **changes: Any) -> Evidence:
    """Good evidence, but for what both predict of these drawings."""
    return replace(good(), drawings=drawings, views=as_drawn(drawings), **changes)
