"""Fine-tuning a champion on people's labels, in parts. Pure: no Django, no files.

The labels are dealt into folds. For each fold a copy of the champion learns from the others,
beside what it knew before, so that every label is read by a network that did not learn from it. The
mean of the copies' weights (M. Wortsman's model soup, 2022) has learnt from all and is what
challenges; it is drawn back toward the champion (WiSE-FT, 2022) as far as MNIST's validation digits
ask for.
"""

import copy
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
import torch.nn.functional as F

from training.ml.arrays import Images, Integers
from training.ml.data.classes import NOT_A_DIGIT
from training.ml.data.split import Split
from training.ml.fit import trainer
from training.ml.fit.augmentation import MILD
from training.ml.fit.calibration import adjust
from training.ml.network import inference
from training.ml.network.architectures import CalibratedOutput, Network
from training.ml.network.model_soup import soup


@dataclass(frozen=True)
class FineTuneSet:
    """Labelled drawings: pictures uint8 [N, V, 28, 28], each drawing in V views, as drawn first;
    labels [N], 0 to 9 or NOT_A_DIGIT; folds [N], the part that each is dealt to."""

    pictures: Images
    labels: Integers
    folds: Integers

    def without(self, fold: int) -> "FineTuneSet":
        keep = self.folds != fold
        return FineTuneSet(self.pictures[keep], self.labels[keep], self.folds[keep])


@dataclass(frozen=True)
class Replay:
    """What must not be forgotten: MNIST in its two parts, and which of the first part's digits the
    champion knows least [H]; digits in the world's styles, uint8 [D, 28, 28] and [D], without which
    it forgets styles that few people here write; pictures of no digit, uint8 [M, 28, 28]."""

    parts: Split
    hard: Integers
    drawn: Images
    drawn_labels: Integers
    outsiders: Images


@dataclass(frozen=True)
class FineTuning:
    """How a champion is tuned. A step reads `batch` digits, up to `taught` of them of drawings, and
    each drawing is shown `shown` times or fewer on average; steps grow with the number of drawings,
    so that each copy sees nearly all of its drawings once at least.

    What the champion believed least is shown most: that it is this digit, and a digit at all. While
    drawings are few, a label of which it believed nothing comes about 1 + `doubted` times as often
    as one that it was sure of. Of what is replayed the shares `hard` and `drawn` are of MNIST's
    hard digits and of the world's styles; the rest is any of MNIST's.

    The first `frozen` stages stay as they are: edges and bends are the same in every hand, and
    without them a step takes two thirds of the time."""

    folds: int = 4
    batch: int = 288
    taught: int = 96
    outsiders: int = 48
    shown: int = 24
    steps_a_drawing: float = 0.18
    least_steps: int = 40
    most_steps: int = 400
    doubted: float = 4.0
    frozen: int = 1
    hard: float = 0.5
    drawn: float = 0.35
    learning_rate: float = 1e-3
    ema: float = 0.98
    # By how much the log loss on MNIST's validation digits may rise, nats a digit, beyond the
    # rise's standard error. (Too few of them are misread to count those.)
    forgets: float = 0.0003
    # How much of the soup the challenger may be: the most at which that is so.
    shares: tuple[float, ...] = (1.0, 0.75, 0.5, 0.25)
    seed: int = 1

    def steps(self, drawings: int) -> int:
        """How many steps each copy takes where so many drawings teach."""
        usual = np.clip(round(self.steps_a_drawing * drawings), self.least_steps, self.most_steps)
        return max(int(usual), math.ceil(self._learnt(drawings) / self.taught))

    def views(self, drawings: int, *, most: int) -> int:
        """How many augmented views of each of so many drawings are used; `most` or fewer."""
        rounds = math.ceil(self.steps(drawings) * self.taught / max(1, self._learnt(drawings)))
        return min(most, max(0, rounds - 1))

    def _learnt(self, drawings: int) -> int:
        return round(drawings * (self.folds - 1) / self.folds)


def deal(keys: Sequence[int], *, tuning: FineTuning) -> Integers:
    """The fold of each key, a drawing's number or a person's: by its SHA-256 alone, so that it
    stays the same whatever else comes or goes."""
    digests = [hashlib.sha256(f"fold {key}".encode()).digest() for key in keys]
    return np.array([int.from_bytes(one[:8]) % tuning.folds for one in digests], dtype=int)


def begin(
    champion: Network, lessons: FineTuneSet, replay: Replay, *, fold: int, tuning: FineTuning
) -> trainer.Fit:
    """The fit of one fold's copy; it has not taken a step yet."""
    random = np.random.default_rng([tuning.seed, fold])
    learnt = lessons.without(fold)
    steps = tuning.steps(len(lessons.labels))
    taught = _taught(champion, learnt, tuning, random, steps=steps)
    replayed = _replayed(replay, tuning, random, count=steps * tuning.batch - len(taught[1]))
    images, labels = (np.concatenate(pair) for pair in zip(taught, replayed, strict=True))
    recipe = trainer.Recipe(
        epochs=1,
        batch=tuning.batch,
        outsiders=tuning.outsiders,
        learning_rate=tuning.learning_rate,
        ema=tuning.ema,
        frozen_statistics=True,
        strength=MILD,
        seed=tuning.seed * 100 + fold,
    )
    pupil = copy.deepcopy(champion).requires_grad_(True)
    pupil.stages[: tuning.frozen].requires_grad_(False)
    return trainer.Fit(
        pupil,
        torch.from_numpy(images),
        torch.from_numpy(labels.astype(np.uint8)),
        recipe=recipe,
        outsiders=torch.from_numpy(_outsiders(learnt, replay, random)),
    )


def _taught(
    champion: Network,
    learnt: FineTuneSet,
    tuning: FineTuning,
    random: np.random.Generator,
    *,
    steps: int,
) -> tuple[Images, Integers]:
    """The drawings' digits of all steps together, those that the champion doubts more often, each
    time in their next view."""
    digits = np.nonzero(learnt.labels != NOT_A_DIGIT)[0]
    labels, views = learnt.labels[digits], learnt.pictures.shape[1]
    said = answers(champion, learnt.pictures[digits, 0])
    believed = said.probabilities.numpy()[np.arange(len(labels)), labels]
    doubt = 1 - believed * said.is_digit.numpy()
    shown = min(steps * tuning.taught, len(digits) * tuning.shown)
    times = how_often(1 + tuning.doubted * doubt, shown, random)
    chosen = np.repeat(digits, times)
    turn = np.arange(shown) - np.repeat(np.cumsum(times) - times, times)
    return learnt.pictures[chosen, turn % views], learnt.labels[chosen]


def how_often(
    weights: npt.NDArray[np.floating], count: int, random: np.random.Generator
) -> Integers:
    """How often each of N is shown, `count` times in all: once where there is time for it, and the
    rest by weight, by systematic sampling (W. and L. Madow, 1944). int [N]."""
    spare = count - len(weights)
    if spare < 0:
        return np.bincount(random.permutation(len(weights))[:count], minlength=len(weights))
    ends = np.cumsum(np.append(0.0, weights))
    # Rounded, so that the last one ends at the whole number that it must.
    ends = np.round(ends * spare / max(ends[-1], 1.0), 6)
    return 1 + np.diff(np.floor(ends + random.random())).astype(int)


def _replayed(
    replay: Replay, tuning: FineTuning, random: np.random.Generator, *, count: int
) -> tuple[Images, Integers]:
    """So many digits that it knew before."""
    hard, drawn = round(count * tuning.hard), round(count * tuning.drawn)
    known = len(replay.parts.images)
    any_of_them = random.choice(known, count - hard - drawn, replace=count > known)
    again = np.concatenate([random.choice(replay.hard, hard), any_of_them])
    styled = random.choice(len(replay.drawn), drawn)
    return (
        np.concatenate([replay.parts.images[again], replay.drawn[styled]]),
        np.concatenate([replay.parts.labels[again], replay.drawn_labels[styled]]),
    )


def _outsiders(learnt: FineTuneSet, replay: Replay, random: np.random.Generator) -> Images:
    """Made pictures of no digit, and as many as a third of them of what people called so: each in
    its first view before any is seen in a second one."""
    own = random.permutation(learnt.pictures[learnt.labels == NOT_A_DIGIT])
    by_hand = own.swapaxes(0, 1).reshape(-1, 28, 28)
    return np.concatenate([replay.outsiders, by_hand[: len(replay.outsiders) // 3]])


def drawn_back(champion: Network, tuned: Network, *, share: float) -> Network:
    """Between the two: `share` of the tuned one's weights, the rest of the champion's."""
    return soup([champion, tuned], weights=[1 - share, share])


def share_that_remembers(
    champion: Network, tuned: Network, replay: Replay, *, tuning: FineTuning
) -> float:
    """The largest of the tuning's shares at which MNIST's validation digits are not forgotten; the
    smallest one where all forget, and the gate sees to the rest."""
    before = _losses(champion, replay)
    for share in tuning.shares:
        after = _losses(drawn_back(champion, tuned, share=share), replay)
        if not forgot(after - before, tuning=tuning):
            return share
    return tuning.shares[-1]


def forgot(rise: torch.Tensor, *, tuning: FineTuning) -> bool:
    """Whether log losses that rose by so much [N] rose further in the mean than is allowed, by
    more than its standard error: one digit that is misread now is no proof, many are."""
    return bool(rise.mean() > tuning.forgets + rise.std(correction=0) / math.sqrt(len(rise)))


def remembered(network: Network, replay: Replay, *, count: int = 1000) -> float:
    """The share of the first validation digits of MNIST that it reads rightly."""
    labels = replay.parts.held_labels[:count]
    said = inference.read(network, torch.from_numpy(replay.parts.held_images[:count])).logits
    return float((said.argmax(1).numpy() == labels).mean())


def is_finite(network: Network) -> bool:
    """Whether every weight is a number: a tuning that diverged gives others."""
    return all(bool(torch.isfinite(value).all()) for value in network.state_dict().values())


def _losses(network: Network, replay: Replay) -> torch.Tensor:
    """The log loss on each of MNIST's validation digits [N]."""
    labels = torch.from_numpy(replay.parts.held_labels).long()
    logits = inference.read(network, torch.from_numpy(replay.parts.held_images)).logits
    return F.cross_entropy(logits / network.temperature, labels, reduction="none")


def calibrated(network: Network, replay: Replay, *, tuning: FineTuning) -> Network:
    """The network with temperature and threshold set as the baseline's were."""
    done = copy.deepcopy(network)
    adjust(done, replay.parts, recipe=trainer.Recipe(seed=tuning.seed))
    return done


def pack(networks: Sequence[Network]) -> bytes:
    """The networks of one architecture as a checkpoint (safetensors)."""
    return safetensors.torch.save(
        {
            f"{place}/{name}": value.contiguous()
            for place, network in enumerate(networks)
            for name, value in network.state_dict().items()
        }
    )


def unpack(content: bytes, *, like: Network) -> list[Network]:
    """What `pack` wrote, as networks like this one."""
    states: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in safetensors.torch.load(content).items():
        place, _, name = key.partition("/")
        states.setdefault(int(place), {})[name] = value
    return [_loaded(like, states[place]) for place in sorted(states)]


def _loaded(like: Network, state: dict[str, torch.Tensor]) -> Network:
    network = copy.deepcopy(like)
    network.load_state_dict(state)
    return network.eval()


def done(fit: trainer.Fit) -> Network:
    """The network that a finished fit gives."""
    plain = copy.deepcopy(fit.averaged).to("cpu").to(memory_format=torch.contiguous_format)
    return plain.eval()


def like(calibrated: Network, other: Network) -> Network:
    """The other network with the calibration of the first."""
    same = copy.deepcopy(other)
    same.temperature.copy_(calibrated.temperature)
    same.digit_threshold.copy_(calibrated.digit_threshold)
    return same


@torch.inference_mode()
def answers(network: Network, images: Images) -> CalibratedOutput:
    """What it answers for uint8 [N, 28, 28]."""
    return network.as_answers(inference.read(network, torch.from_numpy(images)))
