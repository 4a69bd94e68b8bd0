"""Finds labels that look wrong, which are set aside before anything learns from them.

A label is doubted where predictions that did not learn from it contradict it: those of a network
that no label taught, and those of a classifier over its embedding that is fitted five times, each
time without a fifth of the labels (cross-validated confidence, as in C. Northcutt et al.,
"Confident Learning", 2021). A contradiction is the network's mistake as often as the person's;
which is likelier depends on how often this person is contradicted in all that they drew. And of
shapes that people draw oddly and label rightly, the classifier has seen enough to find the label
plausible.
"""

from dataclasses import dataclass, fields

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from training.ml.arrays import Flags, Floats, Integers
from training.ml.data.classes import NOT_A_DIGIT

FOLDS = 5
SHARES = (0.125, 0.25, 0.5, 1.0)
LEAST_FOR_A_CURVE = 50
# Each person's own rate is mixed with so many drawings' worth of the other people's.
PRIOR = 20
# Nobody's rate is taken to be lower than this: networks do err.
LEAST_RATE = 0.01
# Drawings that a person left uncorrected count for them, up to so many times those they labelled.
CREDIT = 4
MOST_FITTED = 20_000
# A label that either reading gives this probability is plausible. With a fifth of 500 labels wrong,
# that holds for 7 in 10 right ones that both misread, and for 7 in 1,000 wrong ones.
PLAUSIBLE = 0.1


@dataclass(frozen=True)
class ReviewThresholds:
    """When labels are set aside. `doubt` and `distrust` are shares, 0 to 1.

    Of a person of whose drawings the share `doubt` is contradicted, each contradicted label is set
    aside; from the share `distrust` on, all labels are. One person may teach `labels` labels in
    one run, and fewer the more they are contradicted or refused.
    """

    doubt: float = 0.1
    distrust: float = 0.4
    labels: int = 200


@dataclass(frozen=True)
class LabelSet:
    """N labels, with how the network reads their drawings.

    Held-out labels (`teaches` is unset) are judged like all others, but judge none.
    """

    labels: Integers  # [N], 0 to 9 or NOT_A_DIGIT
    people: Integers  # [N], who gave the label, by number
    reviewed: Flags  # [N], whether a reviewer confirmed or gave it
    probabilities: Floats  # [N, 11], of the ten digits and of no digit
    embedding: Floats  # [N, D]
    teaches: Flags  # [N], whether it is of the part that is learned from

    def of(self, chosen: Flags) -> "LabelSet":
        """The labels that the flags [N] choose."""
        return LabelSet(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Anchors:
    """M pictures whose labels are known to be right: embedding [M, D], labels [M]."""

    embedding: Floats
    labels: Integers


def contradicted(label_set: LabelSet, anchors: Anchors, *, seed: int) -> tuple[Flags, Floats]:
    """Which labels neither the network nor the classifier would have given [N], and how doubtful
    each label is, 0 to 1 [N]."""
    out_of_fold = _cross_validated(label_set, anchors, seed=seed)
    rows = np.arange(len(label_set.labels))
    believed = np.maximum(
        label_set.probabilities[rows, label_set.labels], out_of_fold[rows, label_set.labels]
    )
    network_differs = label_set.probabilities.argmax(axis=1) != label_set.labels
    classifier_differs = out_of_fold.argmax(axis=1) != label_set.labels
    return network_differs & classifier_differs, 1 - believed


def implausible(doubts: Floats) -> Flags:
    """Which labels neither reading finds plausible [N], by how doubtful each is [N]."""
    return doubts > 1 - PLAUSIBLE


def rates(
    flags: Flags, people: Integers, *, drawn: dict[int, int], refused: dict[int, int]
) -> dict[int, float]:
    """The share of each person's drawings whose label is contradicted, 0 to 1, by their number.

    `flags` [N] are the contradicted labels, `people` [N] whose they are. `drawn` counts each
    person's answered drawings: those left uncorrected count as agreed with, up to CREDIT times
    those labelled. `refused` counts their labels that reviewers replaced. Few drawings say little,
    so each rate is shrunk towards the median of all.
    """
    ids, places, labelled = np.unique(people, return_inverse=True, return_counts=True)
    found = np.bincount(places, weights=flags, minlength=len(ids))
    labels = dict(zip(ids.tolist(), labelled.tolist(), strict=True))
    own = {one: int(n) + refused.get(one, 0) for one, n in zip(labels, found, strict=True)}
    total = {one: min(max(drawn.get(one, 0), n), CREDIT * n) for one, n in labels.items()}
    usual = max(LEAST_RATE, float(np.median([own[one] / total[one] for one in labels] or [0])))
    return {one: min(1.0, (own[one] + PRIOR * usual) / (total[one] + PRIOR)) for one in labels}


def set_aside(
    label_set: LabelSet,
    flags: Flags,
    rate: dict[int, float],
    *,
    order: Integers,
    thresholds: ReviewThresholds,
) -> list[str]:
    """Why each label does not teach: "doubted", "distrusted", "too_many", or "" where it does.

    `flags` [N] are the labels in doubt, `rate` is that of `rates`. A person with too many labels
    teaches the newest, by `order` [N], where larger is newer. What a reviewer confirmed always
    teaches.
    """
    reasons = [
        _reason(bool(flag), rate[person], thresholds=thresholds) if not reviewed else ""
        for flag, person, reviewed in zip(
            flags, label_set.people.tolist(), label_set.reviewed, strict=True
        )
    ]
    free = np.array([not why for why in reasons]) & ~label_set.reviewed & label_set.teaches
    left = {person: round(thresholds.labels * (1 - share)) for person, share in rate.items()}
    for place in np.argsort(-order, kind="stable"):
        if free[place]:
            person = int(label_set.people[place])
            left[person] -= 1
            reasons[place] = "too_many" if left[person] < 0 else ""
    return reasons


def _reason(flag: bool, rate: float, *, thresholds: ReviewThresholds) -> str:
    if rate >= thresholds.distrust:
        return "distrusted"
    return "doubted" if flag and rate >= thresholds.doubt else ""


def learning_curve(label_set: LabelSet, anchors: Anchors, *, seed: int) -> list[dict[str, float]]:
    """How many unseen labels a classifier over the embedding misreads, by how many it learned from.

    One {labels, errors, count} for each of SHARES; none where there are too few labels. Where the
    errors still fall at the end, more labels will help.
    """
    own = label_set.of(label_set.labels != NOT_A_DIGIT)
    if len(own.labels) < LEAST_FOR_A_CURVE:
        return []
    found = [_out_of_fold(own, anchors, seed=seed, share=share) for share in SHARES]
    return [
        {
            "labels": round(share * own.teaches.sum() * (FOLDS - 1) / FOLDS),
            "errors": int((probabilities.argmax(axis=1) != own.labels).sum()),
            "count": len(own.labels),
        }
        for share, probabilities in zip(SHARES, found, strict=True)
    ]


def _cross_validated(label_set: LabelSet, anchors: Anchors, *, seed: int) -> Floats:
    """Probabilities [N, 11], each from a classifier that saw neither that nor a held-out label."""
    return _out_of_fold(label_set, anchors, seed=seed, share=1.0)


def _out_of_fold(label_set: LabelSet, anchors: Anchors, *, seed: int, share: float) -> Floats:
    """The same, from classifiers that learned from this share of the other labels, 0 to 1."""
    scaler = StandardScaler().fit(anchors.embedding)
    known, own = scaler.transform(anchors.embedding), scaler.transform(label_set.embedding)
    # Together the anchors weigh as much as the labels: they steady the fit and do not outvote.
    weight = min(MOST_FITTED, len(own)) / max(1, len(known))
    found = np.zeros((len(own), NOT_A_DIGIT + 1))
    for others, left in _folds(label_set.labels, seed=seed):
        pool = np.random.default_rng(seed).permutation(others[label_set.teaches[others]])
        learnt = pool[: min(MOST_FITTED, round(share * len(pool)))]
        classifier = LogisticRegression(C=0.01, max_iter=300)
        classifier.fit(
            np.concatenate([known, own[learnt]]),
            np.concatenate([anchors.labels, label_set.labels[learnt]]),
            sample_weight=np.concatenate([np.full(len(known), weight), np.ones(len(learnt))]),
        )
        found[np.ix_(left, classifier.classes_)] = classifier.predict_proba(own[left])
    return found


def _folds(labels: Integers, *, seed: int) -> list[tuple[Integers, Integers]]:
    order = np.random.default_rng(seed).permutation(len(labels))
    # Sorted by label within the shuffle, so that every fold has its share of each.
    order = order[np.argsort(labels[order], kind="stable")]
    return [(np.delete(order, np.s_[k::FOLDS]), order[k::FOLDS]) for k in range(FOLDS)]
