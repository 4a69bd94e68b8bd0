"""Explains an answer: which ink supported it, and which change would make the runner-up win.

Occlusion: each piece of the ink is hidden in turn, and the change of the network's answer says how
much that piece counted (M. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional
Networks", 2014).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from recognizer.inference.classifier import Answer, Reads
from recognizer.inference.ink_pieces import Group, Pieces
from recognizer.ink.arrays import Floats

# The share of the ink that may be left out to make the runner-up the likeliest: with more left out,
# it would hardly be the same writing.
MOST_LEFT_OUT = 0.4
# How many parts of one size are tried: the most promising ones, which share no more of their pieces
# than this with each other, since neighbours have nearly the same effect.
TRIED, COMMON = 3, 0.75
# The change of the log-odds that fills the scale of the weights, and the least for which a piece is
# said to have decided anything.
FULL, LEAST = 1.0, 0.1
# A piece speaks against a digit only if the digit would be so much more probable without it.
AGAINST_FROM = 0.01
# A second piece is named if its weight is at least this share of the first one's.
SECOND_FROM = 0.6
_TINY = 1e-12


@dataclass(frozen=True)
class Counterfactual:
    """A part of the ink without which the runner-up would be the likeliest."""

    part: Group
    share: float
    answer: Answer


@dataclass(frozen=True)
class Explanation:
    """Why an answer says `digit`, the likeliest one even if the answer names none.

    weights: float64 [K], -1 to 1, one per piece of the ink: how much it spoke for the digit; below
    0, against it.
    rival_weights: the same for the runner-up against the digit; above 0 where a piece held the
        runner-up back.
    change: the smallest part that was found, or None.
    """

    answer: Answer
    digit: int
    runner_up: int
    margin: float
    weights: Floats
    rival_weights: Floats
    sentence: str
    change: Counterfactual | None
    change_sentence: str


def explain(pieces: Pieces, classifier: Reads) -> Explanation:
    """Classifies the ink with each piece hidden, and without the most promising parts: about a
    hundred images at most."""
    [answer, *hidden] = classifier.classify(np.concatenate([pieces.picture[None], pieces.hidden()]))
    digit, runner_up = _first_two(answer)
    drops = _without_trifles(_log_odds(answer, digit) - _each(hidden, digit), answer, hidden, digit)
    gains = np.array([_lead(one, runner_up, digit) for one in hidden])
    gains -= _lead(answer, runner_up, digit)
    change = _change(pieces, classifier, gains, runner_up)
    return Explanation(
        answer=answer,
        digit=digit,
        runner_up=runner_up,
        margin=answer.probabilities[digit] - answer.probabilities[runner_up],
        weights=_scaled(drops),
        rival_weights=_scaled(gains),
        sentence=_sentence(pieces, answer, digit, drops),
        change=change,
        change_sentence=_change_sentence(pieces, change, runner_up, gains),
    )


def _first_two(answer: Answer) -> tuple[int, int]:
    first, second = np.argsort(-np.array(answer.probabilities), kind="stable")[:2]
    return int(first), int(second)


def _each(answers: list[Answer], digit: int) -> Floats:
    return np.array([_log_odds(answer, digit) for answer in answers])


def _log_odds(answer: Answer, digit: int) -> float:
    """The log-odds of the digit against all others; not against 1 - p, which float32 rounds to
    0."""
    others = sum(p for other, p in enumerate(answer.probabilities) if other != digit)
    return float(np.log(answer.probabilities[digit] + _TINY) - np.log(others + _TINY))


def _lead(answer: Answer, one: int, other: int) -> float:
    """The log-odds of one digit over another."""
    p = answer.probabilities
    return float(np.log(p[one] + _TINY) - np.log(p[other] + _TINY))


def _without_trifles(drops: Floats, answer: Answer, hidden: list[Answer], digit: int) -> Floats:
    """The drops, with 0 for pieces that hardly mattered: where the digit is nearly certain, half of
    all pieces lower its log-odds a little."""
    gains = np.array([one.probabilities[digit] for one in hidden]) - answer.probabilities[digit]
    return np.where((drops < 0) & (gains < AGAINST_FROM), 0.0, drops)


def _scaled(changes: Floats) -> Floats:
    return changes / max(float(np.abs(changes).max()), FULL)


def _change(
    pieces: Pieces, classifier: Reads, gains: Floats, runner_up: int
) -> Counterfactual | None:
    """The smallest part that was found without which the runner-up is the likeliest.

    The effect of hiding each piece predicts the effect of leaving out a part: of each size only the
    most promising parts are classified.
    """
    tried = list(_promising(pieces, gains))
    if not tried:
        return None
    answers = classifier.classify(np.stack([pieces.without(part) for part in tried]))
    found = [
        Counterfactual(part, float(pieces.shares[list(part)].sum()), answer)
        for part, answer in zip(tried, answers, strict=True)
        if _first_two(answer)[0] == runner_up
    ]
    return min(found, key=lambda change: change.share, default=None)


def _promising(pieces: Pieces, gains: Floats) -> Iterator[Group]:
    parts = sorted(set(pieces.parts(MOST_LEFT_OUT)), key=lambda part: (len(part), part))
    for _, alike in groupby(parts, key=len):
        best_first = sorted(alike, key=lambda part: -float(gains[list(part)].sum()))
        yield from _unlike(best_first)


def _unlike(parts: list[Group]) -> list[Group]:
    """The groups in order, without those that are nearly the same as an earlier one."""
    chosen: list[Group] = []
    for part in parts:
        if all(len({*part} & {*other}) <= COMMON * len(part) for other in chosen):
            chosen.append(part)
        if len(chosen) == TRIED:
            break
    return chosen


def _sentence(pieces: Pieces, answer: Answer, digit: int, drops: Floats) -> str:
    if answer.digit is None:
        opening = f"The answer names no digit; the likeliest is {digit}"
    else:
        opening = f"Read as {digit}"
    places = _deciding_places(pieces, drops)
    if not places:
        return f"{opening}; no single part of the ink decided it."
    return f"{opening}, mainly because of the ink {' and '.join(places)}."


def _deciding_places(pieces: Pieces, drops: Floats) -> list[str]:
    """The places of the one or two pieces with the largest weights; empty if none decided."""
    first, *others = np.argsort(-drops, kind="stable")
    if drops[first] < LEAST:
        return []
    place = _where(pieces, (int(first),))
    strong = [int(one) for one in others if drops[one] >= SECOND_FROM * drops[first]]
    elsewhere = (where for one in strong if (where := _where(pieces, (one,))) != place)
    return [place, *list(elsewhere)[:1]]


def _change_sentence(
    pieces: Pieces, change: Counterfactual | None, rival: int, gains: Floats
) -> str:
    if change is None:
        most = int(gains.argmax())
        words = (
            f"None of the parts that were tried, left out, makes it {rival}: "
            "that would take other ink."
        )
        if gains[most] < LEAST:
            return words
        return f"{words} The ink {_where(pieces, (most,))} held {rival} back most."
    place = _where(pieces, change.part)
    if change.answer.digit is None:
        return f"Without the ink {place} it would name no digit, and {rival} would be likeliest."
    return f"Without the ink {place} it would be read as {rival}."


def _where(pieces: Pieces, part: Group) -> str:
    """The place of the pieces in words, such as "at the top left": by their centre, in thirds of
    the ink."""
    low, high = pieces.centres.min(axis=0), pieces.centres.max(axis=0)
    middle = np.average(pieces.centres[list(part)], axis=0, weights=pieces.shares[list(part)])
    # Narrow writing, such as a 1, has no left or right.
    spans = np.maximum(high - low, (high - low).max() / 2 + _TINY)
    right, down = (middle - (low + high) / 2) / spans
    across = "left" if right < -1 / 6 else "right" if right > 1 / 6 else ""
    if abs(down) <= 1 / 6:
        return f"on the {across}" if across else "in the middle"
    return " ".join(filter(None, ["at the top" if down < 0 else "at the bottom", across]))
