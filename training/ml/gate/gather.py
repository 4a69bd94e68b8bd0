"""What the gate sees: champion and challenger run as they will serve, on the same samples. Pure."""

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.ml.arrays import Flags, Images, Integers
from training.ml.data.classes import NOT_A_DIGIT, as_digit
from training.ml.evaluation import metrics
from training.ml.gate.evidence import Evidence, PredictionPair, Views, right
from training.ml.network.onnx_reader import Reader, times
from training.ml.network.predictions import Predictions

MOST_SHOWN = 200


@dataclass(frozen=True)
class HeldOutSet:
    """Labelled drawings that neither network learned from: pictures uint8 [N, V, 28, 28], each in V
    views, as drawn first; labels [N] (0 to 9, NOT_A_DIGIT), ids [N], and which are of the holdout
    [N]; `out_of_fold` is what networks said of the N * V pictures that were tuned without
    the drawing, for those that are not of the holdout."""

    pictures: Images
    labels: Integers
    ids: Integers
    holdout: Flags
    out_of_fold: Predictions


@dataclass(frozen=True)
class RegressionSet:
    """The regression pack: reviewed mistakes that some champion got right."""

    pictures: Images
    labels: Integers
    ids: Integers


def gather(
    champion: Reader,
    challenger: Reader,
    *,
    mnist: tuple[Images, Integers],
    shipped: Reader | None,
    proofs: HeldOutSet,
    strangers: Images,
    pack: RegressionSet,
    export_difference: float,
) -> Evidence:
    """Runs both over everything."""
    images, labels = mnist
    on_mnist = PredictionPair(champion.read(images), challenger.read(images))
    drawings, views = _drawings(champion, challenger, proofs)
    return Evidence(
        mnist=on_mnist,
        mnist_labels=labels,
        shipped_errors=errors_of(shipped, champion, on_mnist.champion, mnist),
        drawings=drawings,
        views=views,
        drawing_labels=proofs.labels,
        ids=proofs.ids,
        holdout=proofs.holdout,
        strangers=PredictionPair(champion.read(strangers), challenger.read(strangers)),
        regressions=len(pack.ids),
        lost=_lost(challenger, pack),
        export_difference=export_difference,
        milliseconds=times(champion, challenger, images[:1]),
    )


def errors_of(
    shipped: Reader | None, champion: Reader, said: Predictions, mnist: tuple[Images, Integers]
) -> int | None:
    """How many of MNIST's images the version that ships misreads, where there is one; of the
    champion it is known already what it `said`."""
    if shipped is None:
        return None
    images, labels = mnist
    read = said if shipped is champion else shipped.read(images)
    return int((read.digits != labels).sum())


def _drawings(
    champion: Reader, challenger: Reader, proofs: HeldOutSet
) -> tuple[PredictionPair, Views]:
    """What both say of the drawings as they are, and in all views."""
    shape = proofs.pictures.shape[:2]
    pictures, held = proofs.pictures.reshape(-1, 28, 28), np.repeat(proofs.holdout, shape[1])
    before, own = champion.read(pictures), challenger.read(pictures[held])
    after = copy.deepcopy(proofs.out_of_fold)
    after.probabilities[held], after.is_digit[held] = own.probabilities, own.is_digit
    views = [one.probabilities.reshape(*shape, -1) for one in (before, after)]
    as_drawn = np.arange(len(pictures)) % shape[1] == 0
    return PredictionPair(before, after).of(as_drawn), Views(*views)


def _lost(challenger: Reader, pack: RegressionSet) -> list[int]:
    if len(pack.ids) == 0:
        return []
    said = challenger.read(pack.pictures)
    return [int(pk) for pk in pack.ids[~right(said, pack.labels)]]


def summary(evidence: Evidence) -> dict[str, Any]:
    """The evidence in figures, as JSON: what a run keeps, and its page shows."""
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
        "telling": _telling(evidence, digits),
        "fixed": fixed[:MOST_SHOWN].tolist(),
        "broken": broken[:MOST_SHOWN].tolist(),
        "said": _said(evidence, [*fixed[:MOST_SHOWN].tolist(), *broken[:MOST_SHOWN].tolist()]),
        "regressions": {"count": evidence.regressions, "lost": evidence.lost[:MOST_SHOWN]},
        "export_difference": evidence.export_difference,
        "milliseconds": dict(zip(("champion", "challenger"), evidence.milliseconds, strict=True)),
    }


def _evaluated(pair: PredictionPair, labels: Integers) -> dict[str, Any]:
    if len(labels) == 0:
        return {}
    return {
        name: metrics.evaluate(said.probabilities, labels).as_dict()
        for name, said in (("champion", pair.champion), ("challenger", pair.challenger))
    }


def _telling(evidence: Evidence, digits: Flags) -> dict[str, Any]:
    """How well each tells drawn digits from made pictures of none, and from what people said."""
    found = {}
    for name in ("champion", "challenger"):
        drawn: Predictions = getattr(evidence.drawings, name)
        strange = np.concatenate(
            [getattr(evidence.strangers, name).is_digit, drawn.is_digit[~digits]]
        )
        accepted = drawn.is_digit[digits]
        if len(accepted) and len(strange):
            told = metrics.ood_scores(accepted, strange, threshold=drawn.least_is_digit)
            found[name] = asdict(told) | {
                "digits": len(accepted),
                "others": len(strange),
            }
    return found


def _said(evidence: Evidence, ids: Sequence[int]) -> dict[str, Any]:
    """What each of these drawings is, and what both said: the digit, or null for none."""
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


def _answer(said: Predictions, labels: Integers, place: int) -> int | None:
    """As the gate counts: of a digit its likeliest reading, of what is none whether it was turned
    away."""
    is_none = labels[place] == NOT_A_DIGIT and not said.accepted[place]
    return None if is_none else int(said.digits[place])
