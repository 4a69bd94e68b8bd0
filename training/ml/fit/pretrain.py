"""The whole way from MNIST to a model version's files, measured: no Django, and no files but
the checkpoint that it is given."""

import logging
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch

from training.ml.data.mnist import Mnist
from training.ml.data.split import Split, split
from training.ml.evaluation import metrics
from training.ml.evaluation.metrics import Evaluation
from training.ml.fit import hard_examples, recipes, trainer
from training.ml.fit.calibration import ACCEPTED, adjust
from training.ml.fit.checkpoint import CheckpointFile
from training.ml.fit.recipes import TrainingPlan
from training.ml.network import architectures, inference
from training.ml.network.model_soup import soup
from training.ml.network.onnx_export import Artifacts, export, run

logger = logging.getLogger(__name__)

# The share of made non-digits, and of pictures in all, that proves and measures.
HELD_OUTSIDERS = 2_000
PROOF = 1_000
ASKED = (0.01, 0.1, 0.5, 0.9, 0.99)

OnStep = Callable[[trainer.Progress], None]


@dataclass(frozen=True)
class EpochResult:
    """What an epoch gave: mean loss and accuracy of its (changed) batches, and on validation."""

    epoch: int
    loss: float
    accuracy: float
    validation: float


@dataclass(frozen=True)
class PretrainedModel:
    """A model version's files, what is known of it, and what the charts are drawn from."""

    artifacts: Artifacts
    manifest: dict[str, Any]
    history: list[EpochResult]
    test: Evaluation


def make(
    data: Mnist,
    *,
    plan: TrainingPlan,
    version: int,
    limit: int | None = None,
    command: str,
    on_step: OnStep,
    checkpoint: CheckpointFile | None = None,
) -> PretrainedModel:
    """Train for that ink version, calibrate, export, prove and measure. `limit` cuts every set,
    for quick tries. What the checkpoint holds of the same training is not done again."""
    began = time.monotonic()
    parts = split(data, limit=limit)
    trained = train(parts, plan=plan, version=version, on_step=on_step, checkpoint=checkpoint)
    recipe, architecture, done = plan.recipe, plan.architecture, trained.network
    adjust(done, parts, recipe=recipe)
    artifacts = export(done, samples=parts.held_images[:PROOF])
    tested = replace(
        data, test_images=data.test_images[:limit], test_labels=data.test_labels[:limit]
    )
    test, metrics = measure(artifacts, parts, tested, seed=recipe.seed, version=version)
    manifest = {
        "name": f"{architecture}, seed {recipe.seed}, {trained.history[-1].epoch} epochs",
        "architecture": architecture,
        "ink_version": version,
        "parameters": architectures.parameter_count(done),
        "onnx_sha256": artifacts.onnx_sha256,
        "safetensors_sha256": artifacts.safetensors_sha256,
        "metrics": metrics | {"temperature": done.temperature.item()},
        "made": {"command": command, "seconds": round(trained.before + time.monotonic() - began)}
        | circumstances(trained.fit, parts, plan=plan),
    }
    return PretrainedModel(artifacts, manifest, trained.history, test)


@dataclass
class Trained:
    """A network, the last course's fit, all epochs, and the seconds that earlier starts took."""

    network: architectures.Network
    fit: trainer.Fit
    history: list[EpochResult]
    before: float


def train(
    parts: Split,
    *,
    plan: TrainingPlan,
    version: int,
    on_step: OnStep,
    checkpoint: CheckpointFile | None = None,
) -> Trained:
    """All courses of the plan, each from the average that the one before came to and over the
    same pictures, and the polish at their end."""
    began, kept = time.monotonic(), (checkpoint and checkpoint.load()) or NOTHING
    lessons = recipes.prepare(parts.images, parts.labels, plan=plan, version=version)
    history = [EpochResult(**one) for one in kept["history"]]
    courses = plan.courses
    fit = begin(lessons, plan=plan)
    for number in range(kept["course"], len(courses)):
        if number:
            fit = course(fit.averaged, lessons, recipe=courses[number])
        if kept["fit"] and number == kept["course"]:
            fit.restore(kept["fit"])
        for epoch in learn(fit, parts, on_step=on_step, after=plan.epochs_before(number)):
            history.append(epoch)
            if checkpoint:
                seconds = kept["seconds"] + time.monotonic() - began
                checkpoint.save(_standing(number, fit, history, seconds))
    done = fit.averaged
    if plan.polish:
        done = polished(fit, plan.polish, mnist=len(parts.images), on_step=on_step)
    return Trained(done, fit, history, kept["seconds"])


NOTHING: dict[str, Any] = {"course": 0, "fit": None, "history": [], "seconds": 0.0}


def _standing(
    course: int, fit: trainer.Fit, history: list[EpochResult], seconds: float
) -> dict[str, Any]:
    return {
        "course": course,
        "fit": fit.state(),
        "history": [asdict(epoch) for epoch in history],
        "seconds": seconds,
    }


def circumstances(fit: trainer.Fit, parts: Split, *, plan: TrainingPlan) -> dict[str, Any]:
    """When, where and from what a network was made, in words that name no machine."""
    return {
        "seed": fit.recipe.seed,
        "date": datetime.now(UTC).date().isoformat(),
        "torch": torch.__version__.split("+")[0],
        "machine": machine(fit.device),
        "threads": torch.get_num_threads(),
        "training_images": len(parts.images),
        "epoch_images": len(fit.images),
        "outsiders": 0 if fit.outsiders is None else len(fit.outsiders),
        "plan": asdict(plan),
    }


def begin(lessons: recipes.TrainingSet, *, plan: TrainingPlan) -> trainer.Fit:
    """A fit that has not taken a step yet; its seed fixes the network's start as well."""
    with torch.random.fork_rng():
        torch.manual_seed(plan.recipe.seed)
        fresh = architectures.build(plan.architecture)
    return course(fresh, lessons, recipe=plan.recipe)


def course(
    start: architectures.Network, lessons: recipes.TrainingSet, *, recipe: trainer.Recipe
) -> trainer.Fit:
    """A fit from this start."""
    return trainer.Fit(
        start.requires_grad_(True),
        torch.from_numpy(lessons.images),
        torch.from_numpy(lessons.labels),
        recipe=recipe,
        outsiders=torch.from_numpy(lessons.outsiders),
    )


def learn(
    fit: trainer.Fit, parts: Split, *, on_step: OnStep, after: int = 0
) -> Iterator[EpochResult]:
    """Take the steps that remain, and look at the validation digits after every epoch. `after` is
    how many epochs there were in earlier courses."""
    steps: list[trainer.Progress] = []
    for progress in fit:
        on_step(progress)
        steps.append(progress)
        if progress.step % fit.steps_per_epoch == 0:
            epoch = _epoch(steps, fit, parts, after=after)
            logger.info("epoch %(epoch)d: validation %(validation).4f", asdict(epoch))
            yield epoch
            steps = []


def polished(
    finished: trainer.Fit, polish: hard_examples.Polish, *, mnist: int, on_step: OnStep
) -> architectures.Network:
    """What the fit gave, polished; the first `mnist` of its pictures are MNIST's own."""
    copies = []
    for fit in hard_examples.fits(finished, mnist=mnist, polish=polish):
        for progress in fit:
            on_step(progress)
        copies.append(fit.averaged)
    return soup(copies)


def measure(
    artifacts: Artifacts, parts: Split, data: Mnist, *, seed: int, version: int
) -> tuple[Evaluation, dict[str, Any]]:
    """What the exported file itself says of validation and test, and of made non-digits."""
    validation = run(artifacts.onnx, parts.held_images)
    tested = run(artifacts.onnx, data.test_images)
    chosen = metrics.evaluate(validation["probabilities"], parts.held_labels)
    test = metrics.evaluate(tested["probabilities"], data.test_labels)
    # Another seed than training's, and made of digits that it did not learn from.
    others = recipes.strangers(
        parts.held_images, parts.held_labels, count=HELD_OUTSIDERS, seed=seed + 1, version=version
    )
    strange = run(artifacts.onnx, others)["is_digit"]
    telling = metrics.ood_scores(tested["is_digit"], strange)
    costs = metrics.thresholds(tested["is_digit"], strange, asked=ASKED)
    return test, {
        "validation": _summary(chosen),
        "test": _summary(test) | {"per_digit": _per_digit(test)},
        "is_digit": asdict(telling)
        | {"accepted_of_changed": ACCEPTED, "thresholds": [asdict(one) for one in costs]},
    }


def machine(device: torch.device) -> str:
    """The machine in words that name no one: '2-core x86-64, CPU'."""
    processor = platform.machine().replace("_", "-")
    kind = "CUDA" if device.type == "cuda" else "CPU"
    return f"{os.cpu_count()}-core {processor}, {kind}"


def _epoch(
    steps: list[trainer.Progress], fit: trainer.Fit, parts: Split, *, after: int
) -> EpochResult:
    reading = inference.read(fit.averaged, torch.from_numpy(parts.held_images))
    right = reading.logits.argmax(1).numpy() == parts.held_labels
    return EpochResult(
        epoch=after + steps[-1].epoch,
        loss=float(np.mean([step.loss for step in steps])),
        accuracy=float(np.mean([step.accuracy for step in steps])),
        validation=float(right.mean()),
    )


def _summary(found: Evaluation) -> dict[str, Any]:
    return {
        "count": found.count,
        "accuracy": found.accuracy,
        "errors": found.errors,
        "ece": found.ece,
        "nll": found.nll,
    }


def _per_digit(found: Evaluation) -> list[dict[str, float]]:
    rows = zip(found.precision, found.recall, found.f1, found.support, strict=True)
    return [{"precision": p, "recall": r, "f1": f, "support": n} for p, r, f, n in rows]
