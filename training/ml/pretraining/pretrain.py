"""Pretraining: from MNIST to the files and figures of a model version."""

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

from training.ml.arrays import Images
from training.ml.data.mnist import Mnist
from training.ml.data.split import Split, split
from training.ml.evaluation import metrics
from training.ml.evaluation.metrics import Evaluation
from training.ml.fit import distillation, hard_examples, trainer
from training.ml.fit.augmentation import Strength
from training.ml.fit.calibration import ACCEPTED, calibrate_on_validation
from training.ml.network import architectures, inference, model_soup, quantization
from training.ml.network.architectures import Network
from training.ml.network.onnx_export import Artifacts, export, run, weights_sha256
from training.ml.pretraining import recipes
from training.ml.pretraining.checkpoint import CheckpointFile
from training.ml.pretraining.recipes import TrainingPlan, TrainingSet

logger = logging.getLogger(__name__)

HELD_OUT_NON_DIGITS = 2_000
# How many validation digits the export is checked with.
EXPORT_CHECKS = 1_000
# The values of LEAST_IS_DIGIT whose cost the manifest states.
THRESHOLDS = (0.01, 0.1, 0.5, 0.9, 0.99)
NOTHING: dict[str, Any] = {"phase": 0, "fit": None, "history": [], "seconds": 0.0}

OnStep = Callable[[trainer.Progress], None]


@dataclass(frozen=True)
class EpochResult:
    """Mean loss and accuracy of an epoch's augmented batches, and the validation accuracy after it.
    Accuracies are shares, 0 to 1."""

    epoch: int
    loss: float
    accuracy: float
    validation: float


@dataclass(frozen=True)
class PretrainedModel:
    """A model version's files and manifest, and what the charts of its card are drawn from."""

    artifacts: Artifacts
    manifest: dict[str, Any]
    history: list[EpochResult]
    test: Evaluation


@dataclass(frozen=True)
class TrainedNetwork:
    """A network, the fit of its last phase, the history of all epochs, and the seconds that
    earlier, interrupted attempts took."""

    network: Network
    fit: trainer.Fit
    history: list[EpochResult]
    earlier_seconds: float


def make(
    data: Mnist,
    *,
    plan: TrainingPlan,
    version: int,
    limit: int | None = None,
    command: str,
    on_step: OnStep,
    checkpoint: CheckpointFile | None = None,
    teacher: Network | None = None,
) -> PretrainedModel:
    """Train, calibrate, export and evaluate a network for an ink version.

    `limit` truncates every set, for quick tries. `command` is what the manifest says made it. A
    training that the checkpoint holds part of is resumed. A plan with a teacher needs it. Raises
    ExportDiffers.
    """
    began = time.monotonic()
    parts = split(data, limit=limit)
    trained = train(
        parts,
        plan=plan,
        version=version,
        on_step=on_step,
        checkpoint=checkpoint,
        teacher=teacher,
    )
    # However mildly it was trained: what people draw differs as much either way.
    strongly = replace(plan.recipe, strength=Strength())
    calibrate_on_validation(trained.network, parts, recipe=strongly)
    artifacts = export(
        trained.network,
        samples=parts.held_images[:EXPORT_CHECKS],
        calibration=_calibration(trained.fit),
    )
    tested = replace(
        data, test_images=data.test_images[:limit], test_labels=data.test_labels[:limit]
    )
    test, figures = measure(artifacts, parts, tested, seed=plan.recipe.seed, version=version)
    seconds = round(trained.earlier_seconds + time.monotonic() - began)
    made = {"command": command, "seconds": seconds} | circumstances(trained.fit, parts, plan=plan)
    made |= {"teacher": weights_sha256(teacher)} if teacher else {}
    manifest = _manifest(trained, artifacts, figures, plan=plan, version=version) | {"made": made}
    return PretrainedModel(artifacts, manifest, trained.history, test)


def _calibration(fit: trainer.Fit) -> Images:
    """What the ranges of the quantised file are taken from: some of what the network learned."""
    kinds = [fit.images] if fit.non_digits is None else [fit.images, fit.non_digits]
    return quantization.sample(*(kind.cpu().numpy() for kind in kinds), seed=fit.recipe.seed)


def _manifest(
    trained: TrainedNetwork,
    artifacts: Artifacts,
    figures: dict[str, Any],
    *,
    plan: TrainingPlan,
    version: int,
) -> dict[str, Any]:
    epochs = trained.history[-1].epoch
    return {
        "name": f"{plan.architecture}, seed {plan.recipe.seed}, {epochs} epochs",
        "architecture": plan.architecture,
        "ink_version": version,
        "parameters": architectures.parameter_count(trained.network),
        "onnx_sha256": artifacts.onnx_sha256,
        "safetensors_sha256": artifacts.safetensors_sha256,
        "metrics": figures | {"temperature": trained.network.temperature.item()},
    }


def circumstances(fit: trainer.Fit, parts: Split, *, plan: TrainingPlan) -> dict[str, Any]:
    """When, on what kind of machine and from what a network was made."""
    return {
        "seed": fit.recipe.seed,
        "date": datetime.now(UTC).date().isoformat(),
        "torch": torch.__version__.split("+")[0],
        "machine": machine(fit.device),
        "threads": torch.get_num_threads(),
        "training_images": len(parts.images),
        "epoch_images": len(fit.images),
        "outsiders": 0 if fit.non_digits is None else len(fit.non_digits),
        "plan": plan.as_manifest(),
    }


def machine(device: torch.device) -> str:
    """The kind of machine, such as '2-core x86-64, CPU'."""
    processor = platform.machine().replace("_", "-")
    kind = "CUDA" if device.type == "cuda" else "CPU"
    return f"{os.cpu_count()}-core {processor}, {kind}"


def train(
    parts: Split,
    *,
    plan: TrainingPlan,
    version: int,
    on_step: OnStep,
    checkpoint: CheckpointFile | None = None,
    teacher: Network | None = None,
) -> TrainedNetwork:
    """All phases of the plan on one training set, each from the averaged weights of the one before,
    then the polish. Saves to the checkpoint after every epoch."""
    began, kept = time.monotonic(), (checkpoint and checkpoint.load()) or NOTHING
    training_set = recipes.prepare(parts.images, parts.labels, plan=plan, version=version)
    history = [EpochResult(**one) for one in kept["history"]]
    fit = begin(training_set, plan=plan, teacher=teacher)
    for number in range(kept["phase"], len(plan.phases)):
        if number:
            fit = begin_phase(
                fit.averaged, training_set, recipe=plan.phases[number], teacher=teacher
            )
        if kept["fit"] and number == kept["phase"]:
            fit.restore(kept["fit"])
        for epoch in run_epochs(fit, parts, on_step=on_step, after=plan.epochs_before(number)):
            history.append(epoch)
            if checkpoint:
                seconds = kept["seconds"] + time.monotonic() - began
                checkpoint.save(_state(number, fit, history, seconds))
    network = fit.averaged
    if plan.polish:
        network = polish(fit, plan.polish, mnist=len(parts.images), on_step=on_step)
    return TrainedNetwork(network, fit, history, kept["seconds"])


def _state(
    phase: int, fit: trainer.Fit, history: list[EpochResult], seconds: float
) -> dict[str, Any]:
    return {
        "phase": phase,
        "fit": fit.state(),
        "history": [asdict(epoch) for epoch in history],
        "seconds": seconds,
    }


def begin(
    training_set: TrainingSet, *, plan: TrainingPlan, teacher: Network | None = None
) -> trainer.Fit:
    """The fit of the first phase, before its first step. The initial weights are the teacher's
    where there is one, else determined by the seed."""
    with torch.random.fork_rng():
        torch.manual_seed(plan.recipe.seed)
        network = architectures.build(plan.architecture)
    if teacher:
        sample = torch.from_numpy(training_set.images[:: len(training_set.images) // 600 + 1])
        distillation.inherit(network, teacher, images=sample)
    return begin_phase(network, training_set, recipe=plan.recipe, teacher=teacher)


def begin_phase(
    network: Network,
    training_set: TrainingSet,
    *,
    recipe: trainer.Recipe,
    teacher: Network | None = None,
) -> trainer.Fit:
    """A fit that starts from this network's weights."""
    return trainer.Fit(
        network.requires_grad_(True),
        torch.from_numpy(training_set.images),
        torch.from_numpy(training_set.labels),
        recipe=recipe,
        non_digits=torch.from_numpy(training_set.non_digits),
        teacher=teacher,
    )


def run_epochs(
    fit: trainer.Fit, parts: Split, *, on_step: OnStep, after: int = 0
) -> Iterator[EpochResult]:
    """Take the remaining steps, and validate after every epoch. `after` is how many epochs earlier
    phases had."""
    steps: list[trainer.Progress] = []
    for progress in fit:
        on_step(progress)
        steps.append(progress)
        if progress.step % fit.steps_per_epoch == 0:
            epoch = _epoch(steps, fit, parts, after=after)
            logger.info("epoch %(epoch)d: validation %(validation).4f", asdict(epoch))
            yield epoch
            steps = []


def _epoch(
    steps: list[trainer.Progress], fit: trainer.Fit, parts: Split, *, after: int
) -> EpochResult:
    output = inference.read(fit.averaged, torch.from_numpy(parts.held_images))
    correct = output.logits.argmax(1).numpy() == parts.held_labels
    return EpochResult(
        epoch=after + steps[-1].epoch,
        loss=float(np.mean([step.loss for step in steps])),
        accuracy=float(np.mean([step.accuracy for step in steps])),
        validation=float(correct.mean()),
    )


def polish(
    finished: trainer.Fit, plan: hard_examples.Polish, *, mnist: int, on_step: OnStep
) -> Network:
    """The model soup of the copies that the plan trains of a finished fit's network. The first
    `mnist` of the fit's images are MNIST's own."""
    copies = []
    for fit in hard_examples.fits(finished, mnist=mnist, polish=plan):
        for progress in fit:
            on_step(progress)
        copies.append(fit.averaged)
    return model_soup.average(copies)


def measure(
    artifacts: Artifacts, parts: Split, data: Mnist, *, seed: int, version: int
) -> tuple[Evaluation, dict[str, Any]]:
    """Evaluate the exported file on validation and test digits and on held-out non-digits: the
    evaluation of the test digits, and the manifest's figures."""
    validated = run(artifacts.onnx, parts.held_images)
    tested = run(artifacts.onnx, data.test_images)
    validation = metrics.evaluate(validated["probabilities"], parts.held_labels)
    test = metrics.evaluate(tested["probabilities"], data.test_labels)
    # Made with another seed than the training set's, and of digits that are not in it.
    others = recipes.make_non_digits(
        parts.held_images,
        parts.held_labels,
        count=HELD_OUT_NON_DIGITS,
        seed=seed + 1,
        version=version,
    )
    digits, non_digits = tested["is_digit"], run(artifacts.onnx, others)["is_digit"]
    thresholds = metrics.thresholds(digits, non_digits, asked=THRESHOLDS)
    return test, {
        "validation": _summary(validation),
        "test": _summary(test) | {"per_digit": _per_digit(test)},
        "is_digit": asdict(metrics.ood_scores(digits, non_digits))
        | {"accepted_of_changed": ACCEPTED, "thresholds": [asdict(one) for one in thresholds]},
    }


def _summary(found: Evaluation) -> dict[str, Any]:
    names = ("count", "accuracy", "errors", "sure_errors", "ece", "nll")
    return {name: getattr(found, name) for name in names}


def _per_digit(found: Evaluation) -> list[dict[str, float]]:
    rows = zip(found.precision, found.recall, found.f1, found.support, strict=True)
    return [{"precision": p, "recall": r, "f1": f, "support": n} for p, r, f, n in rows]
