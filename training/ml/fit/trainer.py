"""The training loop: one step at a time, reproducible, and resumable at any step.

Everything random in a step comes from (seed, step) alone. So a fit that was interrupted and resumes
from its `state()` ends exactly as an uninterrupted one, and the same seed gives the same network on
the same machine.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.ml.fit import distillation
from training.ml.fit.augmentation import Strength, augment
from training.ml.fit.degradation import degrade
from training.ml.network.architectures import Network, NetworkOutput
from training.ml.network.inference import as_input, choose_device, has_fast_bf16


@dataclass(frozen=True)
class Recipe:
    """The hyperparameters of one fit. `batch` counts digits; `non_digits` more images of no digit
    join each batch."""

    epochs: int = 12
    batch: int = 192
    non_digits: int = 48
    learning_rate: float = 4e-3  # the peak of the one-cycle schedule
    weight_decay: float = 2e-2
    smoothing: float = 0.05  # label smoothing
    ema: float = 0.998  # decay of the moving average of the weights
    warmup: float = 0.15  # share of the steps in which the learning rate rises
    seed: int = 1
    # Keep BatchNorm's running statistics as they are: for fine-tuning, not for pretraining.
    frozen_statistics: bool = False
    strength: Strength = field(default_factory=Strength)
    degraded: float = 0.0  # share of each batch's digits that are degraded as well


@dataclass(frozen=True)
class Progress:
    """One step: its number, the loss, and the share of the batch's digits classified correctly."""

    step: int
    steps: int
    epoch: int
    loss: float
    accuracy: float
    learning_rate: float


class Fit:
    """A network in training: iterate for one step at a time, stop at any step, resume later.

    images: uint8 [N, 28, 28]; labels: uint8 or int64 [N], 0 to 9; non_digits: uint8 [M, 28, 28] or
    None. `averaged` is the network to keep: the exponential moving average (EMA) of the weights.
    Where a `teacher` is given, its outputs are learned rather than the bare labels.
    """

    def __init__(
        self,
        network: Network,
        images: Tensor,
        labels: Tensor,
        *,
        recipe: Recipe,
        non_digits: Tensor | None = None,
        device: torch.device | None = None,
        teacher: Network | None = None,
    ) -> None:
        self.recipe = recipe
        self.device = device or choose_device()
        self.fast = has_fast_bf16(self.device)
        self.images = images.to(self.device)
        self.labels = labels.to(self.device, torch.int64)
        self.non_digits = None if non_digits is None else non_digits.to(self.device)
        self.step = 0
        self.steps = recipe.epochs * self.steps_per_epoch
        self._prepare(network)
        self.teacher = self._as_teacher(teacher) if teacher else None

    def _prepare(self, network: Network) -> None:
        layout = torch.channels_last if self.fast else torch.contiguous_format
        self.network = network.to(self.device).to(memory_format=layout)
        self.averaged = copy.deepcopy(self.network).requires_grad_(False)
        # CUDA's fastest convolutions add in no fixed order. On other devices this has no effect.
        torch.backends.cudnn.deterministic = True
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=self.recipe.learning_rate,
            weight_decay=self.recipe.weight_decay,
        )

    def _as_teacher(self, network: Network) -> Network:
        layout = torch.channels_last if self.fast else torch.contiguous_format
        teacher = copy.deepcopy(network).to(self.device).to(memory_format=layout)
        return teacher.requires_grad_(False).eval()

    @property
    def steps_per_epoch(self) -> int:
        """The number of whole batches in the data; one where the data is smaller than a batch."""
        return max(1, len(self.images) // self.recipe.batch)

    def __iter__(self) -> Iterator[Progress]:
        """Take the remaining steps, one at each `next`."""
        while self.step < self.steps:
            yield self.take_step()

    def take_step(self) -> Progress:
        """Augment a batch, update the weights by its loss, and update the moving average."""
        self._set_mode()
        generator = self._generator(self.step)
        digits, labels, clean = self._digits(generator)
        non_digits = self._non_digits(generator, like=digits)
        rate = self._set_learning_rate()
        images = torch.cat([digits, non_digits])
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.fast):
            output = self.network(images)
            taught = self.teacher(images) if self.teacher else None
        smoothing = self.recipe.smoothing
        loss = (
            distillation.loss_of(output, taught, labels, smoothing=smoothing)
            if taught
            else loss_of(output, labels, clean=clean, smoothing=smoothing)
        )
        self._update(loss)
        correct = output.logits[: len(labels)].argmax(1) == labels
        return Progress(
            step=self.step,
            steps=self.steps,
            epoch=(self.step - 1) // self.steps_per_epoch + 1,
            loss=loss.item(),
            accuracy=correct.float().mean().item(),
            learning_rate=rate,
        )

    def state(self) -> dict[str, Any]:
        """Everything that `restore` needs to resume."""
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Resume from the `state()` of a fit with the same network, data and recipe."""
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])

    def _update(self, loss: Tensor) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self._update_average()
        self.step += 1

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
        """A batch of B augmented digits, float [B, 1, 28, 28]; their labels, int64 [B]; and which
        of them are not degraded, bool [B]."""
        epoch, place = divmod(self.step, self.steps_per_epoch)
        # An epoch's order depends on the epoch alone; no step has a seed below zero.
        order = torch.randperm(
            len(self.images), generator=self._generator(-1 - epoch), device=self.device
        )
        chosen = order[place * self.recipe.batch :][: self.recipe.batch]
        images = as_input(self.images[chosen])
        augmented = augment(images, strength=self.recipe.strength, generator=generator)
        count = round(len(chosen) * self.recipe.degraded)
        if count:
            # The order is random already, so the first ones of a batch are as good as any.
            degraded = degrade(augmented[:count], generator=generator)
            augmented = torch.cat([degraded, augmented[count:]])
        clean = torch.arange(len(chosen), device=self.device) >= count
        return augmented, self.labels[chosen], clean

    def _non_digits(self, generator: torch.Generator, *, like: Tensor) -> Tensor:
        if self.non_digits is None or not self.recipe.non_digits:
            return like[:0]
        chosen = torch.randint(
            len(self.non_digits),
            (self.recipe.non_digits,),
            generator=generator,
            device=self.device,
        )
        images = as_input(self.non_digits[chosen])
        return augment(images, strength=self.recipe.strength, generator=generator)

    @torch.no_grad()
    def _update_average(self) -> None:
        # A lower decay at first, or the average of a short fit would keep its random start.
        decay = min(self.recipe.ema, (self.step + 1) / (self.step + 10))
        now, mean = self.network.state_dict(), self.averaged.state_dict()
        floats = [name for name, value in mean.items() if value.is_floating_point()]
        torch._foreach_lerp_(
            [mean[name] for name in floats], [now[name] for name in floats], 1 - decay
        )
        for name in mean.keys() - floats:
            mean[name].copy_(now[name])


def loss_of(output: NetworkOutput, labels: Tensor, *, clean: Tensor, smoothing: float) -> Tensor:
    """The loss of a batch whose first len(labels) images are digits and whose others are not.

    labels: int64 [B]; clean: bool [B], false for degraded digits. The sum of three terms: the cross
    entropy of the digits; half the binary cross entropy of "digit or not", without the degraded
    ones, since noise is a sign of neither; and a tenth of the cross entropy between the
    non-digits' probabilities and the uniform distribution, so that no digit is predicted with
    confidence (outlier exposure, D. Hendrycks et al., 2019).
    """
    count, total = len(labels), len(output.logits)
    logits = output.logits.float()
    classes = F.cross_entropy(logits[:count], labels, label_smoothing=smoothing)
    if total == count:
        return classes
    counted = F.pad(clean, (0, total - count), value=True)
    is_digit = (torch.arange(total, device=logits.device) < count).float()
    detection = F.binary_cross_entropy_with_logits(
        output.digitness.float()[counted], is_digit[counted]
    )
    exposure = -logits[count:].log_softmax(1).mean()
    return classes + 0.5 * detection + 0.1 * exposure


def one_cycle(step: int, steps: int, *, recipe: Recipe) -> float:
    """The learning rate of a step: a linear rise to the peak, then a linear fall to zero."""
    rise = max(1, int(steps * recipe.warmup))
    part = (step + 1) / rise if step < rise else (steps - step) / (steps - rise)
    return recipe.learning_rate * part


def augmented(images: Tensor, *, strength: Strength, seed: int) -> Tensor:
    """uint8 [N, 28, 28], each image augmented once, as in training."""
    generator = torch.Generator(images.device).manual_seed(seed)
    changed = augment(as_input(images), strength=strength, generator=generator)
    return (changed.squeeze(1) * 255).round().to(torch.uint8)
