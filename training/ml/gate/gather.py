"""Gathers the gate's evidence: runs champion and challenger, as they serve, on the same samples."""

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recognizer.inference.classes import NOT_A_DIGIT, as_digit
from training.ml.arrays import Flags, Images, Integers
from training.ml.evaluation import metrics
from training.ml.gate.evidence import Evidence, EvidenceSummary, PredictionPair, Views, right
from training.ml.network.onnx_reader import Reader, times
from training.ml.network.predictions import Agreement, Predictions

# How many ids of each kind the summary keeps, to be shown on a run's page.
MOST_SHOWN = 200


@dataclass(frozen=True)
class HeldOutSet:
    """N labelled drawings that neither network learned from, each in V views, as drawn first.

    `out_of_fold` predicts the N * V pictures by networks that were fine-tuned without the drawing;
    where `holdout` is set it is not looked at, for there the challenger itself predicts.
    """

    pictures: Images  # [N, V, 28, 28]
    labels: Integers  # [N], 0 to 9 or NOT_A_DIGIT
    ids: Integers  # [N]
    holdout: Flags  # [N]
    out_of_fold: Predictions  # [N * V]


@dataclass(frozen=True)
class RegressionSet:
    """N mistakes that reviewers found and some champion has learned to avoid."""

    pictures: Images  # [N, 28, 28]
    labels: Integers  # [N], 0 to 9 or NOT_A_DIGIT
    ids: Integers  # [N]


def gather(
    champion: Reader,
    challenger: Reader,
    *,
    mnist: tuple[Images, Integers],
    shipped: Reader | None,
    held_out: HeldOutSet,
    out_of_distribution: Images,
    regression_set: RegressionSet,
    export: Agreement,
) -> Evidence:
    """Run both networks on every set.

    `mnist` are MNIST's test images [M, 28, 28] and labels [M]; `shipped` is the newest version that
    shipped, which may be the champion's own reader; `out_of_distribution` are generated pictures of
    no digit [K, 28, 28]; `export` is how far the exported file lies from torch.
    """
    images, labels = mnist
    on_mnist = PredictionPair(champion.read(images), challenger.read(images))
    drawings, views = _drawings(champion, challenger, held_out)
    return Evidence(
        mnist=on_mnist,
        mnist_labels=labels,
        shipped_errors=errors_of(shipped, champion, on_mnist.champion, mnist),
        drawings=drawings,
        views=views,
        drawing_labels=held_out.labels,
        ids=held_out.ids,
        holdout=held_out.holdout,
        out_of_distribution=PredictionPair(
            champion.read(out_of_distribution), challenger.read(out_of_distribution)
        ),
        regressions=len(regression_set.ids),
        lost=_lost(challenger, regression_set),
        export=export,
        milliseconds=_milliseconds(champion, challenger, images[:1]),
    )


def _milliseconds(champion: Reader, challenger: Reader, image: Images) -> tuple[float, float]:
    before, after = times(champion, challenger, image=image)
    return before, after


def errors_of(
    shipped: Reader | None,
    champion: Reader,
    by_champion: Predictions,
    mnist: tuple[Images, Integers],
) -> int | None:
    """How many of MNIST's images the version that ships misreads; None where there is none.

    Where that is the champion, its predictions are known already.
    """
    if shipped is None:
        return None
    images, labels = mnist
    predictions = by_champion if shipped is champion else shipped.read(images)
    return int((predictions.digits != labels).sum())


def _drawings(
    champion: Reader, challenger: Reader, held_out: HeldOutSet
) -> tuple[PredictionPair, Views]:
    """Both networks' predictions of the drawings as drawn, and in all views."""
    count, views = held_out.pictures.shape[:2]
    pictures, own = held_out.pictures.reshape(-1, 28, 28), np.repeat(held_out.holdout, views)
    before, by_challenger = champion.read(pictures), challenger.read(pictures[own])
    after = copy.deepcopy(held_out.out_of_fold)
    after.probabilities[own] = by_challenger.probabilities
    after.is_digit[own] = by_challenger.is_digit
    in_views = [one.probabilities.reshape(count, views, -1) for one in (before, after)]
    as_drawn = np.arange(len(pictures)) % views == 0
    return PredictionPair(before, after).of(as_drawn), Views(*in_views)


def _lost(challenger: Reader, regression_set: RegressionSet) -> list[int]:
    """The ids of the drawings that the challenger gets wrong."""
    if len(regression_set.ids) == 0:
        return []
    predictions = challenger.read(regression_set.pictures)
    return [int(pk) for pk in regression_set.ids[~right(predictions, regression_set.labels)]]


def summary(evidence: Evidence) -> EvidenceSummary:
    """The evidence in figures, as JSON: what a run stores and its page shows.

    Its keys are those of runs stored long ago: "telling" is out-of-distribution detection, and
    "crossed" counts the out-of-fold drawings.
    """
    before = right(evidence.drawings.champion, evidence.drawing_labels)
    after = right(evidence.drawings.challenger, evidence.drawing_labels)
    fixed, broken = evidence.ids[~before & after], evidence.ids[before & ~after]
    digits = evidence.drawing_labels != NOT_A_DIGIT
    return {
        "mnist": _evaluated(evidence.mnist, evidence.mnist_labels)
        | {"shipped_errors": evidence.shipped_errors},
        "drawings": _evaluated(evidence.drawings.of(digits), evidence.drawing_labels[digits])
        | {
            "holdout": int(evidence.holdout.sum()),
            "crossed": int((~evidence.holdout).sum()),
        },
        "telling": _ood_detection(evidence, digits),
        "fixed": fixed[:MOST_SHOWN].tolist(),
        "broken": broken[:MOST_SHOWN].tolist(),
        "said": _answers_by_id(
            evidence, [*fixed[:MOST_SHOWN].tolist(), *broken[:MOST_SHOWN].tolist()]
        ),
        "regressions": {"count": evidence.regressions, "lost": evidence.lost[:MOST_SHOWN]},
        "export": asdict(evidence.export),
        "milliseconds": dict(zip(("champion", "challenger"), evidence.milliseconds, strict=True)),
    }


def _evaluated(pair: PredictionPair, labels: Integers) -> dict[str, Any]:
    if len(labels) == 0:
        return {}
    return {
        name: metrics.evaluate(predictions.probabilities, labels).as_dict()
        for name, predictions in (("champion", pair.champion), ("challenger", pair.challenger))
    }


def _ood_detection(evidence: Evidence, digits: Flags) -> dict[str, Any]:
    """How well each network separates drawn digits from generated and drawn non-digits."""
    found = {}
    for name in ("champion", "challenger"):
        drawn: Predictions = getattr(evidence.drawings, name)
        generated: Predictions = getattr(evidence.out_of_distribution, name)
        accepted = drawn.is_digit[digits]
        others = np.concatenate([generated.is_digit, drawn.is_digit[~digits]])
        if len(accepted) and len(others):
            scores = metrics.ood_scores(accepted, others, threshold=drawn.least_is_digit)
            found[name] = asdict(scores) | {"digits": len(accepted), "others": len(others)}
    return found


def _answers_by_id(evidence: Evidence, ids: Sequence[int]) -> dict[str, Any]:
    """What each of these drawings is, and what both networks read: the digit, or null for none."""
    places = {int(pk): place for place, pk in enumerate(evidence.ids)}
    labels, pair = evidence.drawing_labels, evidence.drawings
    return {
        str(pk): {
            "digit": as_digit(int(labels[places[pk]])),
            "champion": _answer(pair.champion, labels, places[pk]),
            "challenger": _answer(pair.challenger, labels, places[pk]),
        }
        for pk in ids
    }


def _answer(predictions: Predictions, labels: Integers, place: int) -> int | None:
    """The answer as the gate counts it: of a digit the likeliest reading, whatever `is_digit`; of a
    non-digit None where it was turned away."""
    is_none = labels[place] == NOT_A_DIGIT and not predictions.accepted[place]
    return None if is_none else int(predictions.digits[place])
