"""Fine-tuning a champion on people's labels, in parts. Pure: no Django, no files.

The labels are dealt into folds. For each fold a copy of the champion learns from the others, beside
MNIST replayed, so that every label is read by a network that did not learn from it. The mean of
the copies' weights (M. Wortsman's model soup, 2022) has learnt from all and is what challenges;
it is drawn back toward the champion (WiSE-FT, 2022) as far as MNIST's validation digits ask for.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch

from training import fitting
from training.baseline import Split, adjust
from training.network import Answers, Network

NOT_A_DIGIT = 10
Picture = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Lessons:
    """Labelled drawings: pictures uint8 [N, V, 28, 28], each drawing in V hands, its own first;
    labels [N], 0 to 9 or NOT_A_DIGIT; folds [N], the part that each is dealt to."""

    pictures: Picture
    labels: Whole
    folds: Whole

    def without(self, fold: int) -> "Lessons":
        keep = self.folds != fold
        return Lessons(self.pictures[keep], self.labels[keep], self.folds[keep])


@dataclass(frozen=True)
class Replay:
    """What must not be forgotten: MNIST in its two parts, and pictures of no digit, uint8
    [M, 28, 28]."""

    parts: Split
    outsiders: Picture


@dataclass(frozen=True)
class Tuning:
    """How a champion is tuned. A step reads `batch` digits, up to `taught` of them of drawings, and
    each drawing is shown `shown` times or fewer; steps grow with the number of drawings."""

    folds: int = 4
    batch: int = 288
    taught: int = 96
    outsiders: int = 48
    shown: int = 24
    steps_a_drawing: float = 0.2
    least_steps: int = 40
    most_steps: int = 400
    learning_rate: float = 1e-3
    ema: float = 0.98
    # How many more of MNIST's validation digits, as a share, the soup may misread.
    forgets: float = 0.0004
    shares: tuple[float, ...] = (0.75, 0.5, 0.25)
    seed: int = 1

    def steps(self, drawings: int) -> int:
        return int(
            np.clip(round(self.steps_a_drawing * drawings), self.least_steps, self.most_steps)
        )


def deal(count: int, *, writers: Whole | None, tuning: Tuning) -> Whole:
    """Which fold each of `count` drawings belongs to; with `writers`, theirs stay together."""
    random = np.random.default_rng(tuning.seed)
    if writers is None:
        return random.permutation(np.arange(count) % tuning.folds)
    ids, places = np.unique(writers, return_inverse=True)
    return random.permutation(np.arange(len(ids)) % tuning.folds)[places]


def begin(
    champion: Network, lessons: Lessons, replay: Replay, *, fold: int, tuning: Tuning
) -> fitting.Fit:
    """The fit of one fold's copy; it has not taken a step yet."""
    random = np.random.default_rng([tuning.seed, fold])
    learnt = lessons.without(fold)
    images, labels = _digits(learnt, replay, tuning, random)
    recipe = fitting.Recipe(
        epochs=1,
        batch=tuning.batch,
        outsiders=tuning.outsiders,
        learning_rate=tuning.learning_rate,
        ema=tuning.ema,
        frozen_statistics=True,
        seed=tuning.seed * 100 + fold,
    )
    return fitting.Fit(
        copy.deepcopy(champion).requires_grad_(True),
        torch.from_numpy(images),
        torch.from_numpy(labels.astype(np.uint8)),
        recipe=recipe,
        outsiders=torch.from_numpy(_outsiders(learnt, replay)),
    )


def _digits(
    learnt: Lessons, replay: Replay, tuning: Tuning, random: np.random.Generator
) -> tuple[Picture, Whole]:
    """The digits of all steps together: drawings in their hands, and MNIST's for the rest."""
    of_digits = np.nonzero(learnt.labels != NOT_A_DIGIT)[0]
    steps = tuning.steps(len(learnt.labels))
    shown = min(steps * tuning.taught, len(of_digits) * tuning.shown)
    chosen, hands = _in_turn(of_digits, shown, random, hands=learnt.pictures.shape[1])
    rest, known = steps * tuning.batch - shown, len(replay.parts.images)
    others = random.choice(known, rest, replace=rest > known)
    images = np.concatenate([learnt.pictures[chosen, hands], replay.parts.images[others]])
    return images, np.concatenate([learnt.labels[chosen], replay.parts.labels[others]])


def _in_turn(
    places: Whole, count: int, random: np.random.Generator, *, hands: int
) -> tuple[Whole, Whole]:
    """So many places, each as often as the others but for one, each time in its next hand."""
    rounds = -(-count // max(1, len(places)))
    order = [random.permutation(places) for _ in range(rounds)]
    hand = np.repeat(np.arange(rounds) % hands, len(places))
    return np.concatenate([places[:0], *order])[:count], hand[:count]


def _outsiders(learnt: Lessons, replay: Replay) -> Picture:
    """Made pictures of no digit, and as many as a third of them of what people called so."""
    own = learnt.pictures[learnt.labels == NOT_A_DIGIT].reshape(-1, 28, 28)
    return np.concatenate([replay.outsiders, own[: len(replay.outsiders) // 3]])


def soup(networks: Sequence[Network], *, weights: Sequence[float] | None = None) -> Network:
    """The network whose every weight and statistic is the mean of theirs, weighed if so asked."""
    shares = weights or [1 / len(networks)] * len(networks)
    states = [network.state_dict() for network in networks]
    mean = copy.deepcopy(networks[0])
    mean.load_state_dict(
        {
            name: _mean([state[name] for state in states], shares)
            if value.is_floating_point()
            else value
            for name, value in states[0].items()
        }
    )
    return mean.eval()


def _mean(values: Sequence[torch.Tensor], shares: Sequence[float]) -> torch.Tensor:
    return torch.stack([value * share for value, share in zip(values, shares, strict=True)]).sum(0)


def drawn_back(champion: Network, tuned: Network, *, share: float) -> Network:
    """Between the two: `share` of the tuned one's weights, the rest of the champion's."""
    return soup([champion, tuned], weights=[1 - share, share])


def share_that_remembers(
    champion: Network, tuned: Network, replay: Replay, *, tuning: Tuning
) -> float:
    """The largest of the tuning's shares at which MNIST's validation digits are not forgotten."""
    allowed = _misread(champion, replay) + tuning.forgets * len(replay.parts.held_labels)
    for share in tuning.shares:
        if _misread(drawn_back(champion, tuned, share=share), replay) <= allowed:
            return share
    return tuning.shares[-1]


def _misread(network: Network, replay: Replay) -> int:
    read = fitting.read(network, torch.from_numpy(replay.parts.held_images)).logits.argmax(1)
    return int((read.numpy() != replay.parts.held_labels).sum())


def calibrated(network: Network, replay: Replay, *, tuning: Tuning) -> Network:
    """The network with temperature and threshold set as the baseline's were."""
    done = copy.deepcopy(network)
    adjust(done, replay.parts, recipe=fitting.Recipe(seed=tuning.seed))
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


def done(fit: fitting.Fit) -> Network:
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
def answers(network: Network, images: Picture) -> Answers:
    """What it answers for uint8 [N, 28, 28]."""
    return network.answers(fitting.as_input(torch.from_numpy(images)))
