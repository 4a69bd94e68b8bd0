"""Finds labels that look wrong, which are set aside before training.

A label is doubted if out-of-sample predictions contradict it: those of a network that was trained
on none of the labels, and those of a classifier on that network's embedding that is fitted five
times, each time without a fifth of the labels (cross-validated confidence, as in C. Northcutt et
al., "Confident Learning", 2021). A contradiction is the network's mistake as often as the person's;
which is likelier depends on how often this person's labels are contradicted. If people draw an
unusual shape and label it correctly, the classifier has seen enough such drawings to find the label
plausible.

A label that nobody else would give counts only for its owner: their own exemplars read it
(recognizer/inference/personal.py), and everybody's network does not learn it.
"""

from collections import Counter
from dataclasses import dataclass, fields

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from recognizer.inference.classes import NOT_A_DIGIT
from training.ml.arrays import Flags, Floats, Integers

FOLDS = 5
SHARES = (0.125, 0.25, 0.5, 1.0)
LEAST_FOR_A_CURVE = 50
# Each person's rate is shrunk towards the usual one, which weighs as much as so many drawings.
PRIOR = 20
# The usual rate is taken to be no lower than this, since networks make mistakes too; and no higher:
# otherwise many accounts with one wrong label each would have everybody with few labels distrusted.
LEAST_RATE, MOST_RATE = 0.01, 0.2
# Drawings that a person left uncorrected count for them, up to so many times those they labelled.
CREDIT = 4
MOST_FITTED = 20_000
# A label is plausible if either prediction gives it this probability. With a fifth of 500 labels
# wrong, that holds for 7 in 10 right ones that both misread, and for 7 in 1,000 wrong ones.
PLAUSIBLE = 0.1
# A label is its person's alone if none of so many nearest drawings, one of each other person, or of
# MNIST, has it: of 500 right labels 1 to 4 are, of 6 to 10 that the network contradicts.
NEIGHBOURS = 10
# So many drawings are compared with all others at once.
COMPARED = 256


@dataclass(frozen=True)
class ReviewThresholds:
    """When labels are set aside. `doubt` and `distrust` are shares, 0 to 1.

    From a person whose labels are contradicted at the rate `doubt` or above, each contradicted
    label is set aside; at the rate `distrust` or above, all their labels are. A run trains on at
    most `labels` labels of one person, and on fewer the higher their rate. It is tested on as many
    of theirs, so that nobody's drawings alone decide what is promoted.
    """

    doubt: float = 0.1
    distrust: float = 0.4
    labels: int = 200


@dataclass(frozen=True)
class LabelSet:
    """N labels, with how the network reads their drawings.

    Held-out labels (`in_training` is False) are checked like all others, but no classifier is
    fitted on them.
    """

    labels: Integers  # [N], 0 to 9 or NOT_A_DIGIT
    people: Integers  # [N], who gave the label, by number
    reviewed: Flags  # [N], whether a reviewer confirmed or gave it
    probabilities: Floats  # [N, 11], of the ten digits and of no digit
    embedding: Floats  # [N, D]
    in_training: Flags  # [N], whether it belongs to the training subset

    def of(self, chosen: Flags) -> "LabelSet":
        """The labels that the flags [N] choose."""
        return LabelSet(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Anchors:
    """M pictures whose labels are known to be right: embedding [M, D], labels [M]."""

    embedding: Floats
    labels: Integers


def contradicted(label_set: LabelSet, anchors: Anchors, *, seed: int) -> tuple[Flags, Floats]:
    """Which labels both the network and the classifier contradict [N], and how doubtful
    each label is, 0 to 1 [N]."""
    out_of_fold = _cross_validated(label_set, anchors, seed=seed)
    rows = np.arange(len(label_set.labels))
    believed = np.maximum(
        label_set.probabilities[rows, label_set.labels], out_of_fold[rows, label_set.labels]
    )
    network_differs = label_set.probabilities.argmax(axis=1) != label_set.labels
    classifier_differs = out_of_fold.argmax(axis=1) != label_set.labels
    return network_differs & classifier_differs, 1 - believed


def own_shapes(label_set: LabelSet, anchors: Anchors) -> Flags:
    """Which labels [N] the network contradicts, and no other person's drawing or anchor that is
    near, by the cosine of the embeddings, shares. Held-out labels decide about none."""
    known = np.concatenate([label_set.embedding[label_set.in_training], anchors.embedding])
    labels = np.concatenate([label_set.labels[label_set.in_training], anchors.labels])
    # Each anchor counts as somebody's of their own.
    people = np.concatenate(
        [label_set.people[label_set.in_training], -1 - np.arange(len(anchors.labels))]
    )
    known = _unit(known)
    alone = np.zeros(len(label_set.labels), bool)
    differs = np.flatnonzero(label_set.probabilities.argmax(axis=1) != label_set.labels)
    for some in np.split(differs, range(COMPARED, len(differs), COMPARED)):
        nearness = _unit(label_set.embedding[some]) @ known.T
        nearness[people == label_set.people[some, None]] = -np.inf
        alone[some] = [
            (labels[_nearest(row, people)] != label).all()
            for row, label in zip(nearness, label_set.labels[some], strict=True)
        ]
    return alone


def _nearest(nearness: Floats, people: Integers) -> Integers:
    """The places of the nearest NEIGHBOURS, of each person the nearest only: otherwise one person
    with many copies of a shape would surround it."""
    order = np.argsort(-nearness)
    _, firsts = np.unique(people[order], return_index=True)
    return order[np.sort(firsts)[:NEIGHBOURS]]


def _unit(embedding: Floats) -> Floats:
    return embedding / np.maximum(np.linalg.norm(embedding, axis=1, keepdims=True), 1e-9)


def implausible(doubts: Floats) -> Flags:
    """Which labels neither prediction finds plausible [N], by how doubtful each is [N]."""
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
    median = float(np.median([own[one] / total[one] for one in labels] or [0]))
    usual = min(max(LEAST_RATE, median), MOST_RATE)
    return {one: min(1.0, (own[one] + PRIOR * usual) / (total[one] + PRIOR)) for one in labels}


def set_aside(
    label_set: LabelSet,
    flags: Flags,
    own: Flags,
    rate: dict[int, float],
    *,
    order: Integers,
    thresholds: ReviewThresholds,
) -> list[str]:
    """Why each label is set aside: "doubted", "distrusted", "own", "too_many", or "" where it is
    not.

    `flags` [N] are the labels in doubt, `own` [N] those that are one person's alone, `rate` comes
    from `rates`. Of a person with too many labels the newest are used, by `order` [N], where larger
    is newer; training and held-out ones are counted apart. A label that a reviewer confirmed is
    always used.
    """
    reasons = [
        _reason(bool(flag), rate[person], thresholds=thresholds) or ("own" if alone else "")
        if not reviewed
        else ""
        for flag, alone, person, reviewed in zip(
            flags, own, label_set.people.tolist(), label_set.reviewed, strict=True
        )
    ]
    free = np.array([not why for why in reasons]) & ~label_set.reviewed
    most = {person: round(thresholds.labels * (1 - share)) for person, share in rate.items()}
    used: Counter[tuple[int, bool]] = Counter()
    for place in np.argsort(-order, kind="stable"):
        if free[place]:
            person = int(label_set.people[place])
            in_subset = person, bool(label_set.in_training[place])
            used[in_subset] += 1
            reasons[place] = "too_many" if used[in_subset] > most[person] else ""
    return reasons


def _reason(flag: bool, rate: float, *, thresholds: ReviewThresholds) -> str:
    if rate >= thresholds.distrust:
        return "distrusted"
    return "doubted" if flag and rate >= thresholds.doubt else ""


def learning_curve(label_set: LabelSet, anchors: Anchors, *, seed: int) -> list[dict[str, float]]:
    """Errors of a classifier over the embedding on held-out labels, by number of training labels.

    One {labels, errors, count} for each of SHARES; none where there are too few labels. Where the
    errors still fall at the end, more labels will help.
    """
    own = label_set.of(label_set.labels != NOT_A_DIGIT)
    if len(own.labels) < LEAST_FOR_A_CURVE:
        return []
    found = [_out_of_fold(own, anchors, seed=seed, share=share) for share in SHARES]
    return [
        {
            "labels": round(share * own.in_training.sum() * (FOLDS - 1) / FOLDS),
            "errors": int((probabilities.argmax(axis=1) != own.labels).sum()),
            "count": len(own.labels),
        }
        for share, probabilities in zip(SHARES, found, strict=True)
    ]


def _cross_validated(label_set: LabelSet, anchors: Anchors, *, seed: int) -> Floats:
    """Probabilities [N, 11], each from a classifier fitted without that label, and without any
    held-out one."""
    return _out_of_fold(label_set, anchors, seed=seed, share=1.0)


def _out_of_fold(label_set: LabelSet, anchors: Anchors, *, seed: int, share: float) -> Floats:
    """The same, from classifiers fitted on this share of the other labels, 0 to 1."""
    scaler = StandardScaler().fit(anchors.embedding)
    known, own = scaler.transform(anchors.embedding), scaler.transform(label_set.embedding)
    # Together the anchors weigh as much as the labels: they stabilise the fit, but do not dominate.
    weight = min(MOST_FITTED, len(own)) / max(1, len(known))
    found = np.zeros((len(own), NOT_A_DIGIT + 1))
    for others, left in _folds(label_set.labels, seed=seed):
        pool = np.random.default_rng(seed).permutation(others[label_set.in_training[others]])
        used = pool[: min(MOST_FITTED, round(share * len(pool)))]
        classifier = LogisticRegression(C=0.01, max_iter=300)
        classifier.fit(
            np.concatenate([known, own[used]]),
            np.concatenate([anchors.labels, label_set.labels[used]]),
            sample_weight=np.concatenate([np.full(len(known), weight), np.ones(len(used))]),
        )
        found[np.ix_(left, classifier.classes_)] = classifier.predict_proba(own[left])
    return found


def _folds(labels: Integers, *, seed: int) -> list[tuple[Integers, Integers]]:
    order = np.random.default_rng(seed).permutation(len(labels))
    # Sorted by label within the shuffle, so that every fold has its share of each.
    order = order[np.argsort(labels[order], kind="stable")]
    return [(np.delete(order, np.s_[k::FOLDS]), order[k::FOLDS]) for k in range(FOLDS)]
