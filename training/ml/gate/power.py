"""The power of the rule "better": how often it promotes simulated networks, rightly and wrongly.

The model. A drawing has a margin: the log-odds of its label against its rival, negative where a
network is wrong. The mean of both networks' margins is drawn from what real runs gave (`MARGINS`,
by quantile), and their difference is normal, with the spread that real runs had at that margin
(`SPREAD`). In an augmented view the mean moves by `VIEW_SPREAD`, and the part `REDRAWN` of the
difference is drawn again: of a challenger fine-tuned on 500 labels, on 600 drawings of other
writers, views spread by 0.9 to 2.6, and their gains correlated by 0.6 to 0.73. `gain` times the
rise that real runs had (`RISE`, beyond that of the median margin, which is mere confidence) is
added to the challenger's margin. Wrong labels name another digit at random.

Everything follows from the seed. The numbers are of three runs with 500 labels each; resamples of
those are promoted more often than the model's, for their few losses are smaller than a normal's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from training.ml.arrays import Floats
from training.ml.gate import accuracy
from training.ml.gate.evidence import Evidence, PredictionPair, Views, views
from training.ml.gate.thresholds import GateThresholds
from training.ml.network.predictions import Agreement, Predictions

# The quantiles of MARGINS, and the margins (PLACES) at which RISE and SPREAD are known.
SHARES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 0.8, 0.95, 1.0)
MARGINS = (-3.0, -1.7, -0.2, 1.0, 3.0, 4.0, 5.3, 6.9, 8.1, 9.2, 10.0, 10.9, 14.0)
PLACES = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
RISE = (0.8, 1.9, 1.5, 0.75, 0.2, 0.0)
SPREAD = (1.3, 1.7, 1.7, 1.2, 0.8, 0.7)
VIEW_SPREAD, REDRAWN = 1.2, 0.35
DRAWINGS_A_WRITER = 50
# Fewer than the gate's own, to simulate in minutes.
FLIPS = 2_000


@dataclass(frozen=True)
class Scenario:
    """A kind of challenger, judged on `labels` labelled drawings, a fifth of them the holdout.

    Margins are in nats.
    """

    name: str
    labels: int
    gain: float = 0.0  # 1 is the rise of real runs
    hard: float = 0.0  # added to the challenger's margin where it is below 1.5
    surer: float = 1.0  # the challenger's margins, times this
    bent: float = 1.0  # the challenger's margins, to this power: under 1 surer where in doubt
    augmented: float = 0.0  # added to the challenger's margins in augmented views alone
    writers: float = 0.0  # the spread that all drawings of one writer share, beside their own of 1
    swapped: bool = False  # the champion is the better one
    wrong: float = 0.0  # the share of labels that are wrong


_REAL, _HALF = Scenario("as real runs gained", 500, gain=1), Scenario("half of that", 500, gain=0.5)
_SAME = Scenario("no better", 500)

IMPROVED = (
    *(replace(_REAL, labels=count) for count in (100, 200, 500, 1000, 60_000)),
    replace(_REAL, name="as real runs gained; 3% of labels wrong", wrong=0.03),
    *(replace(_HALF, labels=count) for count in (500, 1000, 2000, 60_000)),
)
NO_BETTER = (
    *(replace(_SAME, labels=count) for count in (100, 200, 500, 1000, 60_000)),
    replace(_SAME, name="no better; 3% of labels wrong", wrong=0.03),
    replace(_SAME, name="surer of everything (margins times 1.3)", surer=1.3),
    replace(_SAME, name="less sure of everything (times 0.7)", surer=0.7),
    replace(_SAME, name="surer where it doubts (to the power of 0.9)", bent=0.9),
    replace(_HALF, name="better on easy drawings, worse on hard ones", hard=-1.5),
    replace(_SAME, name="better in augmented views alone (margins 0.5 more)", augmented=0.5),
    replace(_SAME, name="no better; a writer’s drawings share 0.1 of their luck", writers=0.1),
    replace(_REAL, name="roles exchanged: the champion is better", swapped=True),
)


@dataclass(frozen=True)
class ScenarioOutcome:
    """Of many simulated runs: shares of promotions, and mean errors on the drawings."""

    scenario: Scenario
    promoted: float
    by_mcnemar: float  # had McNemar's test on the holdout been the only one
    decided_by_mcnemar: float
    before: float
    after: float


def simulate(scenario: Scenario, generator: np.random.Generator) -> Evidence:
    """The evidence of one simulated run, with drawings alone."""
    middle = _margins(scenario, generator)
    change = _chance_difference(scenario, middle, generator) + _rise(scenario, middle)
    before, after = middle - change / 2, middle + change / 2
    after = np.sign(after) * np.abs(after) ** scenario.bent * scenario.surer
    truth = generator.integers(0, 10, scenario.labels)
    rival = (truth + generator.integers(1, 10, scenario.labels)) % 10
    mistaken = generator.random(scenario.labels) < scenario.wrong
    labels = np.where(mistaken, (truth + generator.integers(1, 10, scenario.labels)) % 10, truth)
    both = [_probabilities(margins, truth, rival) for margins in (before, after)]
    return _drawings_alone(Views(*(reversed(both) if scenario.swapped else both)), labels)


def _margins(scenario: Scenario, generator: np.random.Generator) -> Floats:
    """The mean of both networks' margins [N, V]: as drawn, then in augmented views."""
    own = np.interp(generator.random(scenario.labels), SHARES, MARGINS)
    moved = generator.normal(size=(scenario.labels, views(scenario.labels))) * VIEW_SPREAD
    moved[:, 0] = 0
    return own[:, None] + moved


def _chance_difference(
    scenario: Scenario, middle: Floats, generator: np.random.Generator
) -> Floats:
    """By how much the networks differ though neither is better [N, V]: what a drawing's views
    share, what each view has of its own, and what a writer's drawings share."""
    shared, own = generator.normal(size=(len(middle), 1)), generator.normal(size=middle.shape)
    luck = np.sqrt(1 - REDRAWN) * shared + np.sqrt(REDRAWN) * own
    writers = generator.normal(size=len(middle) // DRAWINGS_A_WRITER + 1)
    of_writers = scenario.writers * writers[np.arange(len(middle)) // DRAWINGS_A_WRITER, None]
    return (luck + of_writers) * np.interp(middle, PLACES, SPREAD)


def _rise(scenario: Scenario, middle: Floats) -> Floats:
    """By how much the challenger's margin is higher because it is better [N, V]."""
    rise = scenario.gain * np.interp(middle, PLACES, RISE) + scenario.hard * (middle < 1.5)
    rise[:, 1:] += scenario.augmented
    return np.asarray(rise)


def judge(
    scenario: Scenario, thresholds: GateThresholds, *, tries: int, seed: int
) -> ScenarioOutcome:
    """What the rule says of `tries` simulated runs."""
    quick = replace(thresholds, flips=FLIPS)
    mcnemar_alone = replace(quick, least_discordant=0)
    generator = np.random.default_rng([seed, scenario.labels])
    # One at a time: a run with many labels takes megabytes.
    rows = [_judged(simulate(scenario, generator), quick, mcnemar_alone) for _ in range(tries)]
    promoted, by_mcnemar, decided, before, after = np.mean(rows, axis=0).tolist()
    return ScenarioOutcome(scenario, promoted, by_mcnemar, decided, before, after)


def table(
    scenarios: Iterable[Scenario], thresholds: GateThresholds, *, tries: int, seed: int
) -> Iterator[str]:
    """A Markdown table of what the rule says of each scenario, line by line as it is found."""
    yield "| challenger | labels | wrong before, after | promoted | by McNemar | McNemar alone |"
    yield "|---|--:|--:|--:|--:|--:|"
    for scenario in scenarios:
        found = judge(scenario, thresholds, tries=tries, seed=seed)
        yield (
            f"| {scenario.name} | {scenario.labels:,} | {found.before:.1f}, {found.after:.1f} "
            f"| {found.promoted:.1%} | {found.decided_by_mcnemar:.0%} | {found.by_mcnemar:.1%} |"
        )


def _judged(
    evidence: Evidence, thresholds: GateThresholds, mcnemar_alone: GateThresholds
) -> tuple[float, ...]:
    found = accuracy.better(evidence, thresholds)
    by_mcnemar = accuracy.better(evidence, mcnemar_alone)
    drawings = evidence.drawings
    errors = (_errors(one, evidence) for one in (drawings.champion, drawings.challenger))
    return (found.passed, by_mcnemar.passed, found.figures["test"] == "mcnemar", *errors)


def _probabilities(
    margins: Floats, truth: npt.NDArray[np.int64], rival: npt.NDArray[np.int64]
) -> Floats:
    """Probabilities [N, V, 10] from margins [N, V]: truth and rival [N] share nearly all."""
    rows = np.arange(len(margins))
    found = np.full((*margins.shape, 10), 1e-12)
    found[rows, :, truth] = 1 / (1 + np.exp(-margins))
    found[rows, :, rival] = 1 / (1 + np.exp(margins))
    return found


def _drawings_alone(in_views: Views, labels: npt.NDArray[np.int64]) -> Evidence:
    nothing = Predictions(np.empty((0, 10)), np.empty(0))
    no_pair = PredictionPair(nothing, nothing)
    as_drawn = (
        Predictions(one[:, 0], np.ones(len(labels)))
        for one in (in_views.champion, in_views.challenger)
    )
    return Evidence(
        mnist=no_pair,
        mnist_labels=np.empty(0, int),
        shipped_errors=None,
        drawings=PredictionPair(*as_drawn),
        views=in_views,
        drawing_labels=labels,
        ids=np.arange(len(labels)),
        holdout=np.arange(len(labels)) % 5 == 0,
        out_of_distribution=no_pair,
        regressions=0,
        lost=[],
        export=Agreement(0.0, 0.0),
        milliseconds=(1.0, 1.0),
    )


def _errors(predictions: Predictions, evidence: Evidence) -> int:
    return int((predictions.digits != evidence.drawing_labels).sum())
