"""How a network learns: one visible step, repeated.

Everything random in a step comes from (seed, step) alone, so a fit that is stopped and goes on
from its `state()` ends as if it had never stopped, and the same seed gives the same network on
the same machine.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.ml.fit.augmentation import Strength, augment
from training.ml.fit.degradation import spoil
from training.ml.network.architectures import Network, NetworkOutput
from training.ml.network.inference import as_input, choose_device, has_fast_bf16


@dataclass(frozen=True)
class Recipe:
    """What a fit does. `outsiders` is how many non-digits join each batch of digits."""

    epochs: int = 12
    batch: int = 192
    outsiders: int = 48
    learning_rate: float = 4e-3
    weight_decay: float = 2e-2
    smoothing: float = 0.05
    ema: float = 0.998
    warmup: float = 0.15
    seed: int = 1
    # Whether the batches' statistics (BatchNorm's) stay as they were: to tune, not to begin.
    frozen_statistics: bool = False
    strength: Strength = field(default_factory=Strength)
    # The share of digits that are spoilt besides: noise, bands, odd framing.
    spoilt: float = 0.0


@dataclass(frozen=True)
class Progress:
    """One step done: its place, the loss, and the share of the batch's digits read right."""

    step: int
    steps: int
    epoch: int
    loss: float
    accuracy: float
    learning_rate: float


class Fit:
    """A network on its way: iterate for one step at a time, stop whenever, go on later.

    images: uint8 [N, 28, 28]; labels: uint8 or int64 [N]; outsiders: uint8 [M, 28, 28], images
    of what is no digit, or None. `averaged` is the network to keep: the moving average (EMA).
    """

    def __init__(
        self,
        network: Network,
        images: Tensor,
        labels: Tensor,
        *,
        recipe: Recipe,
        outsiders: Tensor | None = None,
        device: torch.device | None = None,
    ) -> None:
        self.recipe = recipe
        self.device = device or choose_device()
        self.fast = has_fast_bf16(self.device)
        layout = torch.channels_last if self.fast else torch.contiguous_format
        self.network = network.to(self.device).to(memory_format=layout)
        self.averaged = copy.deepcopy(self.network).requires_grad_(False)
        self.images = images.to(self.device)
        self.labels = labels.to(self.device, torch.int64)
        self.outsiders = None if outsiders is None else outsiders.to(self.device)
        self.step = 0
        self.steps = recipe.epochs * self.steps_per_epoch
        # On CUDA the fastest convolutions add in any order; elsewhere this does nothing.
        torch.backends.cudnn.deterministic = True
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in the data; at least one, of everything there is."""
        return max(1, len(self.images) // self.recipe.batch)

    def __iter__(self) -> Iterator[Progress]:
        """Take the steps that remain, one at each `next`."""
        while self.step < self.steps:
            yield self.take_step()

    def take_step(self) -> Progress:
        """Draw a batch, change it, read it, learn from it, and move the average along."""
        self._set_mode()
        generator = self._generator(self.step)
        digits, labels, clean = self._digits(generator)
        strangers = self._strangers(generator, like=digits)
        rate = self._set_learning_rate()
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.fast):
            reading = self.network(torch.cat([digits, strangers]))
        loss = loss_of(reading, labels, clean=clean, smoothing=self.recipe.smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self._move_average()
        self.step += 1
        right = reading.logits[: len(labels)].argmax(1) == labels
        return Progress(
            step=self.step,
            steps=self.steps,
            epoch=(self.step - 1) // self.steps_per_epoch + 1,
            loss=loss.item(),
            accuracy=right.float().mean().item(),
            learning_rate=rate,
        )

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on as if nothing had happened."""
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state()` of a fit with the same network, data and recipe."""
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])

    def _set_mode(self) -> None:
        self.network.train()
        if self.recipe.frozen_statistics:
            for module in self.network.modules():
                if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                    module.eval()

    def _set_learning_rate(self) -> float:
        rate = one_cycle(self.step, self.steps, recipe=self.recipe)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    def _generator(self, salt: int) -> torch.Generator:
        generator = torch.Generator(self.device)
        return generator.manual_seed(self.recipe.seed * 1_000_003 + salt)

    def _digits(self, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """A batch of digits as they are changed, their labels, and which of them are not spoilt."""
        epoch, place = divmod(self.step, self.steps_per_epoch)
        # The order of an epoch hangs on the epoch alone: below zero, no step has that number.
        order = torch.randperm(
            len(self.images), generator=self._generator(-1 - epoch), device=self.device
        )
        chosen = order[place * self.recipe.batch :][: self.recipe.batch]
        images = as_input(self.images[chosen])
        changed = augment(images, strength=self.recipe.strength, generator=generator)
        spoilt = round(len(chosen) * self.recipe.spoilt)
        if spoilt:
            # The order of an epoch is random already: any part of a batch is as good as another.
            dirty = spoil(changed[:spoilt], generator=generator)
            changed = torch.cat([dirty, changed[spoilt:]])
        clean = torch.arange(len(chosen), device=self.device) >= spoilt
        return changed, self.labels[chosen], clean

    def _strangers(self, generator: torch.Generator, *, like: Tensor) -> Tensor:
        if self.outsiders is None or not self.recipe.outsiders:
            return like[:0]
        chosen = torch.randint(
            len(self.outsiders), (self.recipe.outsiders,), generator=generator, device=self.device
        )
        images = as_input(self.outsiders[chosen])
        return augment(images, strength=self.recipe.strength, generator=generator)

    @torch.no_grad()
    def _move_average(self) -> None:
        # Short fits need a short memory at their start, or the average keeps the random start.
        keep = min(self.recipe.ema, (self.step + 1) / (self.step + 10))
        now, mean = self.network.state_dict(), self.averaged.state_dict()
        floats = [name for name, value in mean.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [mean[name] for name in floats], [now[name] for name in floats], 1 - keep
        )
        for name in mean.keys() - floats:
            mean[name].copy_(now[name])


def loss_of(reading: NetworkOutput, labels: Tensor, *, clean: Tensor, smoothing: float) -> Tensor:
    """Which digit, for the first len(labels); and digit or not, for all that were read but for
    spoilt digits (`clean` bool, as long as labels, is false): dirt is no sign of either.

    What is no digit is also pulled toward ten equal probabilities (D. Hendrycks' outlier
    exposure, 2019), so that it gets no confident answer.
    """
    count, total = len(labels), len(reading.logits)
    logits = reading.logits.float()
    loss = F.cross_entropy(logits[:count], labels, label_smoothing=smoothing)
    if total == count:
        return loss
    tells = F.pad(clean, (0, total - count), value=True)
    is_digit = (torch.arange(total, device=logits.device) < count).float()
    told = F.binary_cross_entropy_with_logits(reading.digitness.float()[tells], is_digit[tells])
    flat = -logits[count:].log_softmax(1).mean()
    return loss + 0.5 * told + 0.1 * flat


def one_cycle(step: int, steps: int, *, recipe: Recipe) -> float:
    """The learning rate: a straight rise, then a straight fall to nothing."""
    rise = max(1, int(steps * recipe.warmup))
    part = (step + 1) / rise if step < rise else (steps - step) / (steps - rise)
    return recipe.learning_rate * part


def changed(images: Tensor, *, strength: Strength, seed: int) -> Tensor:
    """uint8 [N, 28, 28] as training changes them, each once."""
    generator = torch.Generator(images.device).manual_seed(seed)
    other = augment(as_input(images), strength=strength, generator=generator)
    return (other.squeeze(1) * 255).round().to(torch.uint8)
