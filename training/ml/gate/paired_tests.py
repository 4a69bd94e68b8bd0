"""Two paired tests of whether one network is better than another on the same drawings.

With many drawings: McNemar's exact test of right against wrong. With few, two good networks differ
on five of five hundred, which decides nothing; but each also says how probable it finds the label.
So the gain of every drawing is tested: the log-probability of its label, after minus before. Three
things keep that honest:

- Both networks are first put on one scale of confidence: one temperature for each makes their
  median margins on these drawings equal. Being more or less sure of everything gains nothing.
- A probability counts as at least `floor`: a drawing with a wrong label, which no network
  believes, gains and loses little, and no single drawing decides.
- The mean is tested, and doubtful drawings weigh most in it: being better on many easy ones does
  not make up for a few that are now misread.

The signs of the gains are flipped at random (R. A. Fisher, "The Design of Experiments", 1935): were
the two networks equally good, each gain would be as likely to be a loss.
"""

import numpy as np

from training.ml.arrays import Floats, Integers

SEED = 20_261_123
# The least probability whose logarithm is taken, and what counts as no gain or no margin.
_TINY = 1e-30
_STILL = 1e-9
# How many signs are drawn at once, a byte each.
_CELLS = 4_000_000


def mcnemar(fixed: int, broken: int) -> float:
    """The exact one-sided p of McNemar's test (Q. McNemar, 1947), 0 to 1.

    It is the chance that at least `fixed` of the discordant drawings are fixed by luck; 1 where no
    drawing is discordant.
    """
    # Here, not above: scipy.stats takes a second and 70 MB to import, and a web process imports the
    # gate for its rules' titles alone.
    from scipy.stats import binomtest

    if fixed + broken == 0:
        return 1.0
    return float(binomtest(fixed, fixed + broken, alternative="greater").pvalue)


def gains(champion: Floats, challenger: Floats, labels: Integers, *, floor: float) -> Floats:
    """What each drawing gains [N], in nats, from probabilities [N, 10] before and after.

    `floor` is the least probability of a label, over 0 and under 1.
    """
    before, after = _logarithms(champion), _logarithms(challenger)
    scale = np.sqrt(_median_margin(after) / _median_margin(before))
    return _log_belief(after / scale, labels, floor) - _log_belief(before * scale, labels, floor)


def sign_flip(gained: Floats, *, flips: int = 20_000, seed: int = SEED) -> float:
    """The one-sided p of a mean gain this high, from gains [N]: 1 / (flips + 1) to 1.

    The same gains and seed give the same p.
    """
    # scipy.stats.permutation_test gives the same p within its error, but shuffles pairs where this
    # multiplies by a matrix of signs: of 50 to 60,000 gains it took 9 to 25 times as long.
    moved = gained[np.abs(gained) > _STILL]
    generator = np.random.default_rng(seed)
    reached, step = 0, max(1, _CELLS // max(1, len(moved)))
    for start in range(0, flips, step):
        count = min(step, flips - start)
        signs = generator.integers(0, 2, (count, len(moved)), dtype=np.int8) * 2 - 1
        reached += int((signs @ moved >= moved.sum() - _STILL).sum())
    return (reached + 1) / (flips + 1)


def _logarithms(probabilities: Floats) -> Floats:
    return np.log(np.maximum(probabilities.astype(np.float64), _TINY))


def _median_margin(logits: Floats) -> float:
    """The median lead of the likeliest digit over the next, in nats."""
    ordered = np.sort(logits, axis=1)
    return max(float(np.median(ordered[:, -1] - ordered[:, -2])), _STILL)


def _log_belief(logits: Floats, labels: Integers, floor: float) -> Floats:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    label = shares[np.arange(len(labels)), labels] / shares.sum(axis=1)
    return np.log(floor + (1 - floor) * label)
