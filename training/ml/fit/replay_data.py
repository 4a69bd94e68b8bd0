"""What every run has beside people's labels: MNIST, and made pictures of digits and of none."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch

from training.ml.arrays import Images
from training.ml.data import mnist, split
from training.ml.fit.finetune import Replay
from training.ml.fit.hard_examples import Polish, hardest
from training.ml.network import inference
from training.ml.network.architectures import Network
from training.ml.synthesis import digits, non_digits

TAUGHT, MEASURED, DRAWN = 4000, 1000, 4000
# So many of MNIST's digits, those that the champion knows least, are replayed most: as many as a
# polish is by, which would be undone otherwise.
HARD = Polish.hardest
SEED = 7


@dataclass(frozen=True)
class ReplayData:
    """MNIST whole and in its parts; pictures of no digit to learn from, and others to measure by:
    uint8 [M, 28, 28]. The same for every run."""

    mnist: mnist.Mnist
    parts: split.Split
    outsiders: Images
    strangers: Images

    @classmethod
    def load(cls, folder: Path, *, version: int) -> Self:
        """MNIST from `folder`, fetched into it where it is not there; non-digits as ink version
        `version` draws them. Raises MnistUnavailable."""
        data = mnist.get(folder / "mnist")
        parts = split.split(data)
        return cls(
            mnist=data,
            parts=parts,
            outsiders=non_digits.make(
                parts.images, parts.labels, count=TAUGHT, seed=SEED, version=version
            ),
            # Made of digits that nothing learns from, by another seed.
            strangers=non_digits.make(
                parts.held_images,
                parts.held_labels,
                count=MEASURED,
                seed=SEED + 1,
                version=version,
            ),
        )

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind there are to learn from."""
        outsiders = len(self.outsiders)
        return {"mnist": len(self.parts.images), "drawn": DRAWN, "outsiders": outsiders}

    def replay(self, champion: Network, *, version: int) -> Replay:
        """What this champion's tuning replays; `version` is of the ink that it reads."""
        said = inference.read(champion, torch.from_numpy(self.parts.images), exact=False)
        hard = hardest(champion.as_answers(said).probabilities.numpy(), count=HARD)
        drawn, labels = digits.make(count=DRAWN, seed=SEED, version=version)
        return Replay(self.parts, hard, drawn, labels, self.outsiders)
