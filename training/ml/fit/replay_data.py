"""Replay data: MNIST, synthetic digits and non-digits, which every run trains and measures on
beside people's labels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch

from training.ml.arrays import Images, Integers
from training.ml.data import mnist, split
from training.ml.fit.disk_cache import DiskCache
from training.ml.fit.finetune import Replay
from training.ml.fit.hard_examples import Polish, hardest
from training.ml.network import inference, onnx_export
from training.ml.network.architectures import Network
from training.ml.synthesis import digits, non_digits

# For each of MNIST's training digits; and no fewer than LEAST beside a subset of MNIST.
NON_DIGITS, HELD_OUT_NON_DIGITS, SYNTHETIC = 1 / 15, 1 / 60, 1 / 15
LEAST = 1000
# How many of MNIST's hardest digits are replayed more often: as many as the polish of pretraining
# used, whose effect would be lost otherwise.
HARD = Polish.hardest
SEED = 7


@dataclass(frozen=True)
class ReplayData:
    """MNIST, whole and split; and images of no digit, uint8 [M, 28, 28]: some to train on, others
    held out to measure on. The same for every run, and kept for the next."""

    cache: DiskCache
    mnist: mnist.Mnist
    parts: split.Split
    non_digits: Images
    held_out_non_digits: Images

    @classmethod
    def load(cls, folder: Path, *, version: int) -> Self:
        """MNIST from `folder`, into which it is downloaded if need be, and non-digits drawn by an
        ink version. Raises MnistUnavailable."""
        data, cache = mnist.get(folder / "mnist"), DiskCache(folder / "replay")
        parts, make = split.split(data), cache(non_digits.make)
        return cls(
            cache=cache,
            mnist=data,
            parts=parts,
            non_digits=make(
                parts.images,
                parts.labels,
                count=_count(NON_DIGITS, data),
                seed=SEED,
                version=version,
            ),
            # Made of digits that are in no training set, with another seed.
            held_out_non_digits=make(
                parts.held_images,
                parts.held_labels,
                count=_count(HELD_OUT_NON_DIGITS, data),
                seed=SEED + 1,
                version=version,
            ),
        )

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind there are to train on, by the names that a dataset stores."""
        return {
            "mnist": len(self.parts.images),
            "drawn": _count(SYNTHETIC, self.mnist),
            "outsiders": len(self.non_digits),
        }

    def replay(self, champion: Network, *, version: int) -> Replay:
        """What the fine-tuning of this champion replays; `version` is its ink version."""
        hard = self.cache(_hardest, ignore=["champion"])(
            self.parts.images,
            weights=onnx_export.weights_sha256(champion),
            count=HARD,
            champion=champion,
        )
        synthetic, labels = self.cache(digits.make)(
            count=_count(SYNTHETIC, self.mnist), seed=SEED, version=version
        )
        return Replay(self.parts, hard, synthetic, labels, self.non_digits)


def _hardest(images: Images, *, weights: str, count: int, champion: Network) -> Integers:
    """Which of MNIST's training digits are hardest for the champion that has these weights."""
    output = inference.read(champion, torch.from_numpy(images), exact=False)
    return hardest(champion.as_answers(output).probabilities.numpy(), count=count)


def _count(share: float, data: mnist.Mnist) -> int:
    return max(LEAST, round(share * len(data.train_images)))
