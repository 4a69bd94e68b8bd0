"""Which labels look wrong, and are set aside before they teach. Pure.

A label is doubted where predictions that did not learn from it contradict it: those of a network
that no label taught, and those of a classifier over its embedding that is fitted five times, each
time without a fifth of the labels (cross-validated confidence, as in C. Northcutt's confident
learning, 2021). A contradiction is a mistake of the network as often as one of the person; which of
the two is likelier depends on how often this person is contradicted in all that they drew. And of
what people draw oddly and name rightly, the classifier has seen enough to find the name thinkable.
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
# How many drawings' worth of the other people's rate each person's own rate is mixed with.
PRIOR = 20
# Nobody's rate is believed to be lower than this: networks do err.
LEAST_RATE = 0.01
# What a person left uncorrected speaks for them: so many times what they labelled, and no more.
CREDIT = 4
MOST_FITTED = 20_000
# What either reading finds as likely as this is thinkable. With a fifth of 500 labels wrong, that
# holds for 7 in 10 right ones that both misread, and for 7 in 1,000 wrong ones.
THINKABLE = 0.1


@dataclass(frozen=True)
class ReviewThresholds:
    """When labels are set aside.

    doubt: from this share of contradicted drawings of a person on, each contradicted label of
    theirs is set aside. distrust: from this share on, all of theirs are. labels: how many labels
    one person may teach in one run; a person who is contradicted or refused may teach fewer.
    """

    doubt: float = 0.1
    distrust: float = 0.4
    labels: int = 200


@dataclass(frozen=True)
class LabelSet:
    """N labels: what each says (0 to 9, NOT_A_DIGIT), who said it (a number), whether a reviewer
    stands behind it, and the network's reading of the drawing.

    probabilities [N, 11]: of ten digits and of no digit; embedding [N, D]; teaches [N]: whether
    it is of the part that is learned from. What proves is judged, and judges nobody.
    """

    labels: Integers
    people: Integers
    reviewed: Flags
    probabilities: Floats
    embedding: Floats
    teaches: Flags

    def of(self, chosen: Flags) -> "LabelSet":
        """Those of them that the flags [N] choose."""
        return LabelSet(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Anchors:
    """Pictures whose labels are known to be right: embedding [M, D], labels [M]."""

    embedding: Floats
    labels: Integers


def contradicted(words: LabelSet, anchors: Anchors, *, seed: int) -> tuple[Flags, Floats]:
    """Which labels neither the network nor the classifier would have given, [N], and how wrong
    each looks, 0 to 1, [N]."""
    out_of_fold = _cross_validated(words, anchors, seed=seed)
    rows = np.arange(len(words.labels))
    believed = np.maximum(words.probabilities[rows, words.labels], out_of_fold[rows, words.labels])
    network_differs = words.probabilities.argmax(axis=1) != words.labels
    classifier_differs = out_of_fold.argmax(axis=1) != words.labels
    return network_differs & classifier_differs, 1 - believed


def unthinkable(doubts: Floats) -> Flags:
    """Which labels neither reading thought of, [N], by how wrong each looks."""
    return doubts > 1 - THINKABLE


def rates(
    flags: Flags, people: Integers, *, drawn: dict[int, int], refused: dict[int, int]
) -> dict[int, float]:
    """The share of each person's drawings at which they are contradicted, 0 to 1.

    `drawn` is how many answered drawings each has: what they left uncorrected they agreed with, up
    to CREDIT times what they labelled. `refused` is how many of their labels reviewers replaced.
    Few drawings say little: each rate is drawn toward the median of all.
    """
    ids, places, labelled = np.unique(people, return_inverse=True, return_counts=True)
    found = np.bincount(places, weights=flags, minlength=len(ids))
    said = dict(zip(ids.tolist(), labelled.tolist(), strict=True))
    own = {one: int(n) + refused.get(one, 0) for one, n in zip(said, found, strict=True)}
    total = {one: min(max(drawn.get(one, 0), n), CREDIT * n) for one, n in said.items()}
    usual = max(LEAST_RATE, float(np.median([own[one] / total[one] for one in said] or [0])))
    return {one: min(1.0, (own[one] + PRIOR * usual) / (total[one] + PRIOR)) for one in said}


def set_aside(
    words: LabelSet,
    flags: Flags,
    rate: dict[int, float],
    *,
    order: Integers,
    rules: ReviewThresholds,
) -> list[str]:
    """Why each label does not teach: "doubted", "distrusted", "too_many", or "" where it does.

    `order` [N]: larger is newer; a person with too many labels teaches the newest. What a reviewer
    stands behind always teaches.
    """
    reasons = [
        _reason(bool(flag), rate[person], rules=rules) if not reviewed else ""
        for flag, person, reviewed in zip(flags, words.people.tolist(), words.reviewed, strict=True)
    ]
    free = np.array([not why for why in reasons]) & ~words.reviewed & words.teaches
    left = {person: round(rules.labels * (1 - share)) for person, share in rate.items()}
    for place in np.argsort(-order, kind="stable"):
        if free[place]:
            person = int(words.people[place])
            left[person] -= 1
            reasons[place] = "too_many" if left[person] < 0 else ""
    return reasons


def _reason(flag: bool, rate: float, *, rules: ReviewThresholds) -> str:
    if rate >= rules.distrust:
        return "distrusted"
    return "doubted" if flag and rate >= rules.doubt else ""


def learning_curve(words: LabelSet, anchors: Anchors, *, seed: int) -> list[dict[str, float]]:
    """How many labels a classifier over the embedding misreads that it did not see, by how many it
    learned from: [{labels, errors, count}], for SHARES of them. Where the last steps still bring
    the errors down, more labels will too."""
    own = words.of(words.labels != NOT_A_DIGIT)
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


def _cross_validated(words: LabelSet, anchors: Anchors, *, seed: int) -> Floats:
    """Probabilities [N, 11], each from a classifier that did not see that label, nor any proof."""
    return _out_of_fold(words, anchors, seed=seed, share=1.0)


def _out_of_fold(words: LabelSet, anchors: Anchors, *, seed: int, share: float) -> Floats:
    """The same, from classifiers that learned from this share of the other labels."""
    scaler = StandardScaler().fit(anchors.embedding)
    known, own = scaler.transform(anchors.embedding), scaler.transform(words.embedding)
    # Together the anchors weigh as much as the labels: they steady it, and do not outvote.
    weight = min(MOST_FITTED, len(own)) / max(1, len(known))
    found = np.zeros((len(own), NOT_A_DIGIT + 1))
    for others, left in _folds(words.labels, seed=seed):
        pool = np.random.default_rng(seed).permutation(others[words.teaches[others]])
        learnt = pool[: min(MOST_FITTED, round(share * len(pool)))]
        classifier = LogisticRegression(C=0.01, max_iter=300)
        classifier.fit(
            np.concatenate([known, own[learnt]]),
            np.concatenate([anchors.labels, words.labels[learnt]]),
            sample_weight=np.concatenate([np.full(len(known), weight), np.ones(len(learnt))]),
        )
        found[np.ix_(left, classifier.classes_)] = classifier.predict_proba(own[left])
    return found


def _folds(labels: Integers, *, seed: int) -> list[tuple[Integers, Integers]]:
    order = np.random.default_rng(seed).permutation(len(labels))
    # Sorted by label within the shuffle, so that every fold has its share of each.
    order = order[np.argsort(labels[order], kind="stable")]
    return [(np.delete(order, np.s_[k::FOLDS]), order[k::FOLDS]) for k in range(FOLDS)]
