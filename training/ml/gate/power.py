"""How often the rule "better" is right: simulated pairs of networks, judged by the rule. Pure.

The model. A drawing has a margin: the log-odds of its label against its rival, negative where a
network is wrong. The mean of both networks' margins is drawn from what real runs gave (`MARGINS`,
quantiles), their difference is normal, with the spread that real runs had at that margin
(`SPREAD`). In another view the mean moves by `VIEW_SPREAD`, and a part of the difference, `ANEW`,
is drawn anew: of a challenger that 500 labels had taught, on 600 drawings of other writers, views
spread by 0.9 to 2.6, and what they gained agreed by 0.6 to 0.73. `gain` times the rise that real
runs had (`RISE`, beyond that of the median margin, a mere surety) is added to the challenger's.
Wrong labels name another digit at random. Everything hangs on the seed. The numbers are of three
runs with 500 labels each; resampled, those are promoted more often than the model's, for their few
losses are smaller than a normal's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from training.ml.arrays import Floats
from training.ml.gate import accuracy
from training.ml.gate.evidence import Evidence, PredictionPair, Views, views
from training.ml.gate.rules import Rules
from training.ml.network.predictions import Predictions

SHARES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 0.8, 0.95, 1.0)
MARGINS = (-3.0, -1.7, -0.2, 1.0, 3.0, 4.0, 5.3, 6.9, 8.1, 9.2, 10.0, 10.9, 14.0)
PLACES = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
RISE = (0.8, 1.9, 1.5, 0.75, 0.2, 0.0)
SPREAD = (1.3, 1.7, 1.7, 1.2, 0.8, 0.7)
VIEW_SPREAD, ANEW = 1.2, 0.35
# How many drawings one writer made.
A_WRITER = 50
FLIPS = 2_000


@dataclass(frozen=True)
class Scenario:
    """A kind of challenger, judged on `labels` labelled drawings, a fifth of them the holdout."""

    name: str
    labels: int
    gain: float = 0.0  # 1 is what real runs gained
    hard: float = 0.0  # added to the challenger's margin where it is below 1.5
    surer: float = 1.0  # the challenger's margins, times this
    bent: float = 1.0  # the challenger's margins, to this power: surer where it doubts, if under 1
    made: float = 0.0  # added to the challenger's margins in augmented views alone
    writers: float = 0.0  # the spread that all drawings of one writer share, beside their own of 1
    swapped: bool = False  # the champion is the better one
    wrong: float = 0.0  # the share of labels that are wrong


_REAL, _HALF = Scenario("as real runs gained", 500, gain=1), Scenario("half of that", 500, gain=0.5)
_SAME = Scenario("no better", 500)

IMPROVED = (
    *(replace(_REAL, labels=count) for count in (100, 200, 500, 1000, 60_000)),
    replace(_REAL, name="as real runs gained; 3 % of labels wrong", wrong=0.03),
    *(replace(_HALF, labels=count) for count in (500, 1000, 2000, 60_000)),
)
NO_BETTER = (
    *(replace(_SAME, labels=count) for count in (100, 200, 500, 1000, 60_000)),
    replace(_SAME, name="no better; 3 % of labels wrong", wrong=0.03),
    replace(_SAME, name="surer of everything (margins times 1.3)", surer=1.3),
    replace(_SAME, name="less sure of everything (times 0.7)", surer=0.7),
    replace(_SAME, name="surer where it doubts (to the power of 0.9)", bent=0.9),
    replace(_HALF, name="better on easy drawings, worse on hard ones", hard=-1.5),
    replace(_SAME, name="better in augmented views alone (margins 0.5 more)", made=0.5),
    replace(_SAME, name="no better; a writer's drawings share 0.1 of their luck", writers=0.1),
    replace(_REAL, name="roles exchanged: the champion is better", swapped=True),
)


@dataclass(frozen=True)
class ScenarioOutcome:
    """Of many simulated runs: shares of promotions, and mean errors on the drawings."""

    scene: Scenario
    promoted: float
    by_mcnemar: float  # had McNemar's test on the holdout been the only one
    decided_by_mcnemar: float
    before: float
    after: float


def simulate(scene: Scenario, generator: np.random.Generator) -> Evidence:
    """Evidence of one run, with drawings alone."""
    middle = _margins(scene, generator)
    change = _luck(scene, middle, generator) + _rise(scene, middle)
    before, after = middle - change / 2, middle + change / 2
    after = np.sign(after) * np.abs(after) ** scene.bent * scene.surer
    truth = generator.integers(0, 10, scene.labels)
    rival = (truth + generator.integers(1, 10, scene.labels)) % 10
    mistaken = generator.random(scene.labels) < scene.wrong
    labels = np.where(mistaken, (truth + generator.integers(1, 10, scene.labels)) % 10, truth)
    said = [_probabilities(margins, truth, rival) for margins in (before, after)]
    return _drawings_alone(Views(*(reversed(said) if scene.swapped else said)), labels)


def _margins(scene: Scenario, generator: np.random.Generator) -> Floats:
    """The mean of both networks' margins [N, V]: as drawn, and in other views."""
    own = np.interp(generator.random(scene.labels), SHARES, MARGINS)
    moved = generator.normal(size=(scene.labels, views(scene.labels))) * VIEW_SPREAD
    moved[:, 0] = 0
    return own[:, None] + moved


def _luck(scene: Scenario, middle: Floats, generator: np.random.Generator) -> Floats:
    """By how much the networks differ though neither is better [N, V]: what a drawing's views
    share, what each has of its own, and what a writer's drawings share."""
    shared, anew = generator.normal(size=(len(middle), 1)), generator.normal(size=middle.shape)
    luck = np.sqrt(1 - ANEW) * shared + np.sqrt(ANEW) * anew
    writers = generator.normal(size=len(middle) // A_WRITER + 1)
    of_writers = scene.writers * writers[np.arange(len(middle)) // A_WRITER, None]
    return (luck + of_writers) * np.interp(middle, PLACES, SPREAD)


def _rise(scene: Scenario, middle: Floats) -> Floats:
    """By how much the challenger is better [N, V]."""
    rise = scene.gain * np.interp(middle, PLACES, RISE) + scene.hard * (middle < 1.5)
    rise[:, 1:] += scene.made
    return np.asarray(rise)


def judge(scene: Scenario, rules: Rules, *, tries: int, seed: int) -> ScenarioOutcome:
    """What the rule says of `tries` simulated runs."""
    quick = replace(rules, flips=FLIPS)
    alone = replace(quick, least_discordant=0)
    generator = np.random.default_rng([seed, scene.labels])
    # One at a time: a run with many labels is megabytes.
    rows = [_heard(simulate(scene, generator), quick, alone) for _ in range(tries)]
    promoted, by_mcnemar, decided, before, after = np.mean(rows, axis=0).tolist()
    return ScenarioOutcome(scene, promoted, by_mcnemar, decided, before, after)


def table(scenes: Iterable[Scenario], rules: Rules, *, tries: int, seed: int) -> Iterator[str]:
    """A Markdown table, line by line as it is found."""
    yield "| challenger | labels | wrong before, after | promoted | McNemar spoke | McNemar alone |"
    yield "|---|--:|--:|--:|--:|--:|"
    for scene in scenes:
        found = judge(scene, rules, tries=tries, seed=seed)
        yield (
            f"| {scene.name} | {scene.labels:,} | {found.before:.1f}, {found.after:.1f} "
            f"| {found.promoted:.1%} | {found.decided_by_mcnemar:.0%} | {found.by_mcnemar:.1%} |"
        )


def _heard(shown: Evidence, rules: Rules, alone: Rules) -> tuple[float, ...]:
    spoke, mcnemar = accuracy.better(shown, rules), accuracy.better(shown, alone)
    errors = (_errors(said, shown) for said in (shown.drawings.champion, shown.drawings.challenger))
    return (spoke.passed, mcnemar.passed, spoke.figures["test"] == "mcnemar", *errors)


def _probabilities(
    margins: Floats, truth: npt.NDArray[np.int64], rival: npt.NDArray[np.int64]
) -> Floats:
    """[N, V, 10] from margins [N, V]: truth and rival [N] share nearly all."""
    rows = np.arange(len(margins))
    found = np.full((*margins.shape, 10), 1e-12)
    found[rows, :, truth] = 1 / (1 + np.exp(-margins))
    found[rows, :, rival] = 1 / (1 + np.exp(margins))
    return found


def _drawings_alone(seen: Views, labels: npt.NDArray[np.int64]) -> Evidence:
    nothing = Predictions(np.empty((0, 10)), np.empty(0))
    as_drawn = (
        Predictions(one[:, 0], np.ones(len(labels))) for one in (seen.champion, seen.challenger)
    )
    return Evidence(
        mnist=PredictionPair(nothing, nothing),
        mnist_labels=np.empty(0, int),
        shipped_errors=None,
        drawings=PredictionPair(*as_drawn),
        views=seen,
        drawing_labels=labels,
        ids=np.arange(len(labels)),
        holdout=np.arange(len(labels)) % 5 == 0,
        strangers=PredictionPair(nothing, nothing),
        regressions=0,
        lost=[],
        export_difference=0.0,
        milliseconds=(1.0, 1.0),
    )


def _errors(said: Predictions, evidence: Evidence) -> int:
    return int((said.digits != evidence.drawing_labels).sum())
