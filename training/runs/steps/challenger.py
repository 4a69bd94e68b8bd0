"""A run's challenger: fine-tuned by folds, averaged, exported and registered."""

from dataclasses import dataclass
from typing import Any

import torch

from recognizer import registry
from recognizer.models import Artifact, ModelVersion
from training.ml.arrays import Floats
from training.ml.fit import finetune, influence, interpolation
from training.ml.fit.finetune import FineTuneSet, FineTuning, Replay
from training.ml.fit.replay_data import ReplayData
from training.ml.network import architectures, model_soup, onnx_export, quantization
from training.ml.network.architectures import Network
from training.ml.network.onnx_export import Artifacts
from training.models import DatasetRevision
from training.runs.lease import RunLease


class Diverged(Exception):
    """Fine-tuning ended with weights that are not finite."""


class ForgotMnist(Exception):
    """Nothing of what it learned could be kept without forgetting MNIST. `costs`: how much each of
    the N drawings' labels opposes what was known, float [N]."""

    def __init__(self, costs: Floats) -> None:
        super().__init__("It forgot MNIST.")
        self.costs = costs


@dataclass(frozen=True)
class TrainedChallenger:
    """A registered challenger and its network; and for each fold the copy that was tuned without
    it, calibrated like the challenger."""

    version: ModelVersion
    network: Network
    copies: list[Network]


def train(
    lease: RunLease,
    champion: ModelVersion,
    dataset: DatasetRevision,
    fine_tune_set: FineTuneSet,
    replay_data: ReplayData,
    tuning: FineTuning,
) -> TrainedChallenger:
    """Makes a challenger from the champion. Raises Diverged or ForgotMnist."""
    before = _network(champion)
    lease.phase("Looking for MNIST’s hardest digits")
    replay = replay_data.replay(before, version=champion.ink_version)
    copies = fine_tune(lease, before, fine_tune_set, replay, tuning)
    lease.phase("Averaging")
    mean = model_soup.average(copies)
    after, share = _drawn_back(before, mean, fine_tune_set, replay, tuning)
    lease.phase("Exporting")
    calibration = quantization.sample(
        fine_tune_set.pictures[:, 0],
        replay.parts.images,
        replay.synthetic,
        replay.non_digits,
        seed=tuning.seed,
    )
    files = onnx_export.to_files(after, calibration=calibration)
    version = _register(
        lease, champion, dataset, after, files, share=share, drawings=len(fine_tune_set.labels)
    )
    calibrated = [
        finetune.with_calibration_of(after, interpolation.interpolate(before, copy, share=share))
        for copy in copies
    ]
    return TrainedChallenger(version, after, calibrated)


def _network(version: ModelVersion) -> Network:
    weights = Artifact.objects.get(pk=version.weights_id).content
    return onnx_export.from_safetensors(version.architecture, bytes(weights))


def fine_tune(
    lease: RunLease,
    before: Network,
    fine_tune_set: FineTuneSet,
    replay: Replay,
    tuning: FineTuning,
) -> list[Network]:
    """One copy for each fold, tuned without it. Goes on from the checkpoint, if there is one."""
    steps = tuning.steps(len(fine_tune_set.labels))
    lease.phase("Fine-tuning", steps=steps * tuning.folds)
    checkpoint = lease.checkpoint()
    copies = finetune.from_checkpoint(checkpoint, like=before) if checkpoint else []
    for fold in range(len(copies), tuning.folds):
        lease.record(phase=f"Fine-tuning, part {fold + 1} of {tuning.folds}")
        fit = finetune.begin(before, fine_tune_set, replay, fold=fold, tuning=tuning)
        for step in fit:
            lease.progress(fold * steps + step.step, loss=step.loss, accuracy=step.accuracy)
        copies.append(finetune.averaged_network(fit))
        accuracy = interpolation.validation_accuracy(copies[-1], replay)
        lease.progress((fold + 1) * steps, validation=accuracy)
        lease.save_checkpoint(finetune.to_checkpoint(copies))
    return copies


def _drawn_back(
    before: Network,
    mean: Network,
    fine_tune_set: FineTuneSet,
    replay: Replay,
    tuning: FineTuning,
) -> tuple[Network, float]:
    """The mean of the copies, interpolated toward the champion and calibrated; and its share in
    that. Raises Diverged or ForgotMnist."""
    if not finetune.is_finite(mean):
        raise Diverged
    try:
        share = interpolation.choose_share(before, mean, replay, tuning=tuning)
    except interpolation.Forgot as error:
        as_drawn, labels = fine_tune_set.pictures[:, 0], fine_tune_set.labels
        found = influence.costs(before, mean, replay, pictures=as_drawn, labels=labels)
        raise ForgotMnist(found.numpy()) from error
    after = interpolation.interpolate(before, mean, share=share)
    return finetune.calibrated(after, replay, tuning=tuning), share


def _register(
    lease: RunLease,
    champion: ModelVersion,
    dataset: DatasetRevision,
    after: Network,
    files: Artifacts,
    *,
    share: float,
    drawings: int,
) -> ModelVersion:
    """Registers the network, which learned from so many drawings and was exported to these files,
    as the run's challenger."""
    manifest = {
        "name": f"{champion.architecture}, run {lease.run.pk}",
        "architecture": champion.architecture,
        "ink_version": champion.ink_version,
        "parameters": architectures.parameter_count(after),
        "onnx_sha256": files.onnx_sha256,
        "safetensors_sha256": files.safetensors_sha256,
        "run": lease.run.pk,
        "dataset": dataset.pk,
        "drawings": drawings,
        "metrics": {"temperature": after.temperature.item(), "share": share},
        "made": {"seed": lease.run.seed, "torch": torch.__version__.split("+")[0]},
    }
    version = registry.register(
        onnx=files.onnx,
        safetensors=files.safetensors,
        manifest=manifest,
        origin=ModelVersion.Origin.TRAINED,
        parent=champion,
    )
    lease.record(challenger=version)
    return version


def note_test_figures(version: ModelVersion, figures: dict[str, Any]) -> None:
    """Writes into the version's manifest how it reads MNIST's test images."""
    names = ("count", "accuracy", "errors", "ece", "nll")
    metrics = version.manifest["metrics"] | {"test": {name: figures[name] for name in names}}
    version.manifest = version.manifest | {"metrics": metrics}
    version.save(update_fields=["manifest"])
