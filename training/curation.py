"""Which labels look wrong, and are set aside before they teach. Pure.

A label is doubted where predictions that did not learn from it contradict it: those of the
champion, and those of a classifier over the champion's own embedding that is fitted five times,
each time without a fifth of the labels (cross-validated confidence, as in C. Northcutt's confident
learning, 2021). A contradiction is a mistake of the network as often as one of the person; which
of the two is likelier depends on how often this person is contradicted in all that they drew.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

NOT_A_DIGIT = 10
FOLDS = 5
SHARES = (0.125, 0.25, 0.5, 1.0)
LEAST_FOR_A_CURVE = 50
# How many drawings' worth of the other people's rate each person's own rate is mixed with.
PRIOR = 20
# Nobody's rate is believed to be lower than this: networks do err.
LEAST_RATE = 0.01

Floats = npt.NDArray[np.floating]
Whole = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rules:
    """When labels are set aside.

    doubt: from this share of contradicted drawings of a person on, each contradicted label of
    theirs is set aside. distrust: from this share on, all of theirs are. labels: how many labels
    one person may teach in one run; a person who is contradicted or refused may teach fewer.
    """

    doubt: float = 0.1
    distrust: float = 0.4
    labels: int = 200


@dataclass(frozen=True)
class Words:
    """N labels: what each says (0 to 9, NOT_A_DIGIT), who said it (a number), whether a reviewer
    stands behind it, and the network's reading of the drawing.

    probabilities [N, 11]: of ten digits and of no digit; embedding [N, D].
    """

    labels: Whole
    people: Whole
    reviewed: Flags
    probabilities: Floats
    embedding: Floats

    def of(self, chosen: Flags) -> "Words":
        """Those of them that the flags [N] choose."""
        return Words(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Anchors:
    """Pictures whose labels are known to be right: embedding [M, D], labels [M]."""

    embedding: Floats
    labels: Whole


def contradicted(words: Words, anchors: Anchors, *, seed: int) -> tuple[Flags, Floats]:
    """Which labels neither the champion nor the classifier would have given, and all doubts."""
    crossed = _cross_validated(words, anchors, seed=seed)
    rows = np.arange(len(words.labels))
    believed = np.maximum(words.probabilities[rows, words.labels], crossed[rows, words.labels])
    champion_differs = words.probabilities.argmax(axis=1) != words.labels
    classifier_differs = crossed.argmax(axis=1) != words.labels
    return champion_differs & classifier_differs, 1 - believed


def rates(
    flags: Flags, people: Whole, *, drawn: dict[int, int], refused: dict[int, int]
) -> dict[int, float]:
    """The share of each person's drawings at which they are contradicted, 0 to 1.

    `drawn` is how many answered drawings each has: what they left uncorrected they agreed with.
    `refused` is how many of their labels reviewers replaced. Few drawings say little: each rate is
    drawn toward the median of all.
    """
    ids = np.unique(people).tolist()
    own = {one: int(flags[people == one].sum()) + refused.get(one, 0) for one in ids}
    total = {one: max(drawn.get(one, 0), int((people == one).sum())) for one in ids}
    usual = max(LEAST_RATE, float(np.median([own[one] / total[one] for one in ids] or [0])))
    return {one: (own[one] + PRIOR * usual) / (total[one] + PRIOR) for one in ids}


def set_aside(
    words: Words, flags: Flags, rate: dict[int, float], *, order: Whole, rules: Rules
) -> list[str]:
    """Why each label does not teach: "doubted", "distrusted", "too_many", or "" where it does.

    `order` [N]: larger is newer; a person with too many labels teaches the newest. What a reviewer
    stands behind always teaches.
    """
    reasons = [
        _reason(bool(flag), rate[person], rules=rules) if not reviewed else ""
        for flag, person, reviewed in zip(flags, words.people.tolist(), words.reviewed, strict=True)
    ]
    for person, share in rate.items():
        most = round(rules.labels * (1 - share))
        free = np.array([not why for why in reasons]) & ~words.reviewed
        theirs = np.nonzero(free & (words.people == person))[0]
        for place in theirs[np.argsort(-order[theirs], kind="stable")][most:]:
            reasons[place] = "too_many"
    return reasons


def _reason(flag: bool, rate: float, *, rules: Rules) -> str:
    if rate >= rules.distrust:
        return "distrusted"
    return "doubted" if flag and rate >= rules.doubt else ""


def learning_curve(words: Words, anchors: Anchors, *, seed: int) -> list[dict[str, float]]:
    """How many labels a classifier over the embedding misreads that it did not see, by how many it
    learned from: [{labels, errors, count}], for SHARES of them. Where the last steps still bring
    the errors down, more labels will too."""
    own = words.of(words.labels != NOT_A_DIGIT)
    if len(own.labels) < LEAST_FOR_A_CURVE:
        return []
    found = [_crossed(own, anchors, seed=seed, share=share) for share in SHARES]
    return [
        {
            "labels": round(share * len(own.labels) * (FOLDS - 1) / FOLDS),
            "errors": int((probabilities.argmax(axis=1) != own.labels).sum()),
            "count": len(own.labels),
        }
        for share, probabilities in zip(SHARES, found, strict=True)
    ]


def _cross_validated(words: Words, anchors: Anchors, *, seed: int) -> Floats:
    """Probabilities [N, 11], each from a classifier that did not see that label."""
    return _crossed(words, anchors, seed=seed, share=1.0)


def _crossed(words: Words, anchors: Anchors, *, seed: int, share: float) -> Floats:
    """The same, from classifiers that learned from this share of the other labels."""
    scaler = StandardScaler().fit(anchors.embedding)
    known, own = scaler.transform(anchors.embedding), scaler.transform(words.embedding)
    # Together the anchors weigh as much as the labels: they steady it, and do not outvote.
    weight = len(own) / max(1, len(known))
    found = np.zeros((len(own), NOT_A_DIGIT + 1))
    for others, left in _folds(words.labels, seed=seed):
        learnt = np.random.default_rng(seed).permutation(others)[: round(share * len(others))]
        classifier = LogisticRegression(C=0.01, max_iter=300)
        classifier.fit(
            np.concatenate([known, own[learnt]]),
            np.concatenate([anchors.labels, words.labels[learnt]]),
            sample_weight=np.concatenate([np.full(len(known), weight), np.ones(len(learnt))]),
        )
        found[np.ix_(left, classifier.classes_)] = classifier.predict_proba(own[left])
    return found


def _folds(labels: Whole, *, seed: int) -> list[tuple[Whole, Whole]]:
    order = np.random.default_rng(seed).permutation(len(labels))
    # Sorted by label within the shuffle, so that every fold has its share of each.
    order = order[np.argsort(labels[order], kind="stable")]
    return [(np.delete(order, np.s_[k::FOLDS]), order[k::FOLDS]) for k in range(FOLDS)]
