"""Fine-tuning a champion on people's labels, cross-validated.

The labels are assigned to folds. For each fold a copy of the champion is fine-tuned on the other
folds and on replayed data, so that every label can be tested on a network that was not trained on
it. The mean of the copies' weights (a model soup, M. Wortsman et al., 2022) has been trained on all
of them and is what challenges the champion; `interpolation.py` says how much of it is kept.
"""

import copy
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import safetensors.torch
import torch

from recognizer.inference.classes import NOT_A_DIGIT
from training.ml.arrays import Floats, Images, Integers, Random
from training.ml.data.split import Split
from training.ml.fit import trainer
from training.ml.fit.augmentation import MILD
from training.ml.fit.calibration import calibrate_on_validation
from training.ml.network import inference
from training.ml.network.architectures import CalibratedOutput, Network


@dataclass(frozen=True)
class FineTuneSet:
    """Labelled drawings: pictures uint8 [N, V, 28, 28], each drawing in V views, the first as it
    was drawn; labels [N], 0 to 9 or NOT_A_DIGIT; folds [N], the fold of each."""

    pictures: Images
    labels: Integers
    folds: Integers

    def without(self, fold: int) -> "FineTuneSet":
        keep = self.folds != fold
        return FineTuneSet(self.pictures[keep], self.labels[keep], self.folds[keep])


@dataclass(frozen=True)
class Replay:
    """What is replayed so that it is not forgotten: MNIST, split, and the indexes [H] of the
    training digits that are hardest for the champion; synthetic digits, uint8 [D, 28, 28], and
    their labels [D], for styles that few people here write; non-digits, uint8 [M, 28, 28]."""

    parts: Split
    hard: Integers
    synthetic: Images
    synthetic_labels: Integers
    non_digits: Images


@dataclass(frozen=True)
class FineTuning:
    """The hyperparameters of fine-tuning. A batch has `batch` digits, of which `drawings` are
    people's (fewer where they would be repeated more than `most_repeats` times), and `non_digits`
    more images. The number of steps grows with the number of drawings, so that nearly every drawing
    is seen at least once.

    Drawings are repeated in proportion to 1 + `doubt_weight` * (1 - p), where p is the probability
    that the champion gives to the label and to its being a digit at all. Of the replayed digits the
    share `hard` is of MNIST's hardest, the share `synthetic` is synthetic, the rest any of MNIST's.

    The first `frozen_stages` stages of the network are not trained: edges and curves are the same
    in every handwriting, and a step without them takes two thirds of the time."""

    folds: int = 4
    batch: int = 288
    drawings: int = 96
    non_digits: int = 48
    most_repeats: int = 24
    steps_per_drawing: float = 0.18
    least_steps: int = 40
    most_steps: int = 400
    doubt_weight: float = 4.0
    frozen_stages: int = 1
    hard: float = 0.5
    synthetic: float = 0.35
    learning_rate: float = 1e-3
    ema: float = 0.98
    # By how much the log loss on MNIST's validation digits may rise, in nats a digit, beyond the
    # rise's standard error.
    loss_rise: float = 0.0003
    # How many more of them may be misread, and of any one digit: points of all, or of that digit's,
    # but one in any case. Half of what the gate allows on MNIST's test images.
    error_rise: float = 0.025
    recall_fall: float = 0.25
    # The shares of the fine-tuned weights to choose from when interpolating, the largest first;
    # and the least to which the log loss alone draws back.
    shares: tuple[float, ...] = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15, 0.1)
    least_by_loss: float = 0.25
    seed: int = 1

    def steps(self, drawings: int) -> int:
        """How many steps each copy takes with so many drawings in all folds."""
        usual = np.clip(round(self.steps_per_drawing * drawings), self.least_steps, self.most_steps)
        return max(int(usual), math.ceil(self._trained_on(drawings) / self.drawings))

    def views(self, drawings: int, *, most: int) -> int:
        """How many augmented views of each of so many drawings are used; `most` or fewer."""
        shown = self.steps(drawings) * self.drawings
        rounds = math.ceil(shown / max(1, self._trained_on(drawings)))
        return min(most, max(0, rounds - 1))

    def _trained_on(self, drawings: int) -> int:
        return round(drawings * (self.folds - 1) / self.folds)


def assign_folds(keys: Sequence[int], *, tuning: FineTuning) -> Integers:
    """The fold of each key, the id of a drawing or a person, int [N]. It comes from the key's
    SHA-256 alone, so it stays the same whatever else is added or removed."""
    digests = [hashlib.sha256(f"fold {key}".encode()).digest() for key in keys]
    return np.array([int.from_bytes(one[:8]) % tuning.folds for one in digests], dtype=int)


def begin(
    champion: Network, drawings: FineTuneSet, replay: Replay, *, fold: int, tuning: FineTuning
) -> trainer.Fit:
    """The fit of the copy that does not see this fold, before its first step."""
    random = np.random.default_rng([tuning.seed, fold])
    others = drawings.without(fold)
    steps = tuning.steps(len(drawings.labels))
    own = _drawings(champion, others, tuning, random, steps=steps)
    replayed = _replayed(replay, tuning, random, count=steps * tuning.batch - len(own[1]))
    images, labels = (np.concatenate(pair) for pair in zip(own, replayed, strict=True))
    return trainer.Fit(
        _trainable(champion, tuning),
        torch.from_numpy(images),
        torch.from_numpy(labels.astype(np.uint8)),
        recipe=_recipe(tuning, fold),
        non_digits=torch.from_numpy(_non_digits(others, replay, random)),
    )


def _trainable(champion: Network, tuning: FineTuning) -> Network:
    network = copy.deepcopy(champion).requires_grad_(True)
    network.stages[: tuning.frozen_stages].requires_grad_(False)
    return network


def _recipe(tuning: FineTuning, fold: int) -> trainer.Recipe:
    return trainer.Recipe(
        epochs=1,
        batch=tuning.batch,
        non_digits=tuning.non_digits,
        learning_rate=tuning.learning_rate,
        ema=tuning.ema,
        frozen_statistics=True,
        strength=MILD,
        seed=tuning.seed * 100 + fold,
    )


def _drawings(
    champion: Network, others: FineTuneSet, tuning: FineTuning, random: Random, *, steps: int
) -> tuple[Images, Integers]:
    """People's digits for all steps together, each time in their next view, those that the champion
    doubts more often: uint8 [B, 28, 28], labels [B]."""
    digits = np.nonzero(others.labels != NOT_A_DIGIT)[0]
    labels, views = others.labels[digits], others.pictures.shape[1]
    output = answers(champion, others.pictures[digits, 0])
    probability = output.probabilities.numpy()[np.arange(len(labels)), labels]
    doubt = 1 - probability * output.is_digit.numpy()
    count = min(steps * tuning.drawings, len(digits) * tuning.most_repeats)
    times = repetitions(1 + tuning.doubt_weight * doubt, count, random)
    chosen = np.repeat(digits, times)
    turn = np.arange(count) - np.repeat(np.cumsum(times) - times, times)
    return others.pictures[chosen, turn % views], others.labels[chosen]


def repetitions(weights: Floats, count: int, random: Random) -> Integers:
    """How often each of N is shown, int [N] with the sum `count`: once where `count` allows it, and
    beyond that in proportion to weights [N], by systematic sampling (W. and L. Madow, 1944)."""
    spare = count - len(weights)
    if spare < 0:
        return np.bincount(random.permutation(len(weights))[:count], minlength=len(weights))
    ends = np.cumsum(np.append(0.0, weights))
    # Rounded, so that the last one ends exactly at `spare`.
    ends = np.round(ends * spare / max(ends[-1], 1.0), 6)
    return 1 + np.diff(np.floor(ends + random.random())).astype(int)


def _replayed(
    replay: Replay, tuning: FineTuning, random: Random, *, count: int
) -> tuple[Images, Integers]:
    """So many replayed digits, uint8 [count, 28, 28], and their labels [count]."""
    hard, synthetic = round(count * tuning.hard), round(count * tuning.synthetic)
    known = len(replay.parts.images)
    any_of_them = random.choice(known, count - hard - synthetic, replace=count > known)
    of_mnist = np.concatenate([random.choice(replay.hard, hard), any_of_them])
    of_synthetic = random.choice(len(replay.synthetic), synthetic)
    return (
        np.concatenate([replay.parts.images[of_mnist], replay.synthetic[of_synthetic]]),
        np.concatenate([replay.parts.labels[of_mnist], replay.synthetic_labels[of_synthetic]]),
    )


def _non_digits(others: FineTuneSet, replay: Replay, random: Random) -> Images:
    """The replayed non-digits, and at most a third as many drawings that people labelled as no
    digit: each in its first view before any in a second one."""
    own = random.permutation(others.pictures[others.labels == NOT_A_DIGIT])
    by_view = own.swapaxes(0, 1).reshape(-1, 28, 28)
    return np.concatenate([replay.non_digits, by_view[: len(replay.non_digits) // 3]])


def averaged_network(fit: trainer.Fit) -> Network:
    """The network that a finished fit gives, on the CPU and in evaluation mode."""
    network = copy.deepcopy(fit.averaged).to("cpu").to(memory_format=torch.contiguous_format)
    return network.eval()


def is_finite(network: Network) -> bool:
    """Whether all weights are finite; those of a diverged fine-tuning are not."""
    return all(bool(torch.isfinite(value).all()) for value in network.state_dict().values())


def calibrated(network: Network, replay: Replay, *, tuning: FineTuning) -> Network:
    """A copy of the network with temperature and threshold set as in pretraining."""
    result = copy.deepcopy(network)
    calibrate_on_validation(result, replay.parts, recipe=trainer.Recipe(seed=tuning.seed))
    return result


def with_calibration_of(source: Network, network: Network) -> Network:
    """A copy of the network with the temperature and threshold of the source."""
    result = copy.deepcopy(network)
    result.temperature.copy_(source.temperature)
    result.digit_threshold.copy_(source.digit_threshold)
    return result


@torch.inference_mode()
def answers(network: Network, images: Images) -> CalibratedOutput:
    """The network's calibrated output for uint8 [N, 28, 28]."""
    return network.as_answers(inference.read(network, torch.from_numpy(images)))


def to_checkpoint(networks: Sequence[Network]) -> bytes:
    """Serialises networks, all of one architecture, as one safetensors file."""
    return safetensors.torch.save(
        {
            f"{place}/{name}": value.contiguous()
            for place, network in enumerate(networks)
            for name, value in network.state_dict().items()
        }
    )


def from_checkpoint(content: bytes, *, like: Network) -> list[Network]:
    """The networks that `to_checkpoint` serialised, of the architecture of `like`."""
    states: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in safetensors.torch.load(content).items():
        place, _, name = key.partition("/")
        states.setdefault(int(place), {})[name] = value
    return [_loaded(like, states[place]) for place in sorted(states)]


def _loaded(like: Network, state: dict[str, torch.Tensor]) -> Network:
    network = copy.deepcopy(like)
    network.load_state_dict(state)
    return network.eval()
