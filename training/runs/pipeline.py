"""The work of a run: labels to a dataset, a dataset to a challenger, a challenger to the gate."""

from typing import Any

import numpy as np
import torch
from django.conf import settings

from recognizer import registry
from recognizer.models import Artifact, ModelVersion
from training.datasets import label_review, pictures, regression_set, revisions
from training.datasets.pictures import Drawn
from training.ml.arrays import Images
from training.ml.fit import finetune
from training.ml.fit.finetune import FineTuneSet, FineTuning, Replay
from training.ml.fit.replay_data import ReplayData
from training.ml.gate import decide, evidence, gather
from training.ml.gate.evidence import Evidence
from training.ml.gate.gather import HeldOutSet
from training.ml.gate.rules import Rules
from training.ml.network import architectures, onnx_export
from training.ml.network.architectures import Network
from training.ml.network.model_soup import soup
from training.ml.network.onnx_reader import Reader
from training.ml.network.predictions import Predictions
from training.models import DatasetRevision, Subset, TrainingRun
from training.runs import lifecycle
from training.runs.lease import RunLease

PROOF = 1000


def work(lease: RunLease) -> None:
    """Ends the run by skip, reject or promote. Raises MnistUnavailable, and whatever stops it."""
    torch.set_num_threads(settings.TRAINING_THREADS)
    champion = lease.run.champion or ModelVersion.objects.champion()
    if champion is None:
        lease.skip("No version answers yet: there is nothing to fine-tune.")
        return
    # Another seed for each run: the same one would make the same file of the same labels again.
    lease.use(champion=champion, seed=lease.run.pk)
    lease.phase("Reading MNIST")
    material = ReplayData.load(settings.VAR, version=champion.ink_version)
    dataset = lease.run.dataset or _dataset(lease, champion, material)
    if dataset is not None:
        _contest(lease, champion, dataset, material)


# What it learns from ---------------------------------------------------------------------------


def _dataset(
    lease: RunLease, champion: ModelVersion, material: ReplayData
) -> DatasetRevision | None:
    """What the run learns from, written down; None where the run is skipped."""
    lease.phase("Gathering labels")
    rows = revisions.rows()
    untaught = revisions.untaught(champion)
    found = pictures.readable([row.drawing for row in rows], version=untaught.ink_version)
    rows = [row for row in rows if row.drawing in found]
    reason = _nothing_new(rows)
    if reason:
        lease.skip(reason)
        return None
    lease.phase("Looking for labels that look wrong")
    shown = np.stack([found[row.drawing] for row in rows])
    judgement = label_review.judge(rows, shown, _reader(untaught), material)
    dataset = revisions.freeze(
        rows,
        judgement.reasons,
        judgement.doubts,
        beside=material.counts,
        learning_curve=judgement.learning_curve,
    )
    lease.use(dataset=dataset)
    return dataset


def _nothing_new(rows: list[revisions.SampleRow]) -> str:
    """Why there is nothing to learn, in words; "" where there is."""
    taught = sum(row.subset == Subset.TRAIN for row in rows)
    if taught < settings.LEAST_LABELS:
        return (
            f"{taught} labelled drawings to learn from are too few: "
            f"a run begins with {settings.LEAST_LABELS}."
        )
    last = TrainingRun.objects.decided().select_related("dataset").first()
    if (
        last
        and last.dataset
        and lifecycle.had_its_say(last)
        and last.dataset.digest == revisions.digest(rows)
    ):
        return f"No label is new since run {last.pk}: it learned from the same."
    return ""


# A challenger ----------------------------------------------------------------------------------


def _contest(
    lease: RunLease, champion: ModelVersion, dataset: DatasetRevision, material: ReplayData
) -> None:
    """Tunes a challenger, and has the gate decide between it and the champion."""
    plan = FineTuning(seed=lease.run.seed)
    taught = _taught(champion, dataset, plan)
    lessons = _lessons(taught, dataset, plan)
    before = _network(champion)
    lease.phase("Looking for MNIST's hardest digits")
    replay = material.replay(before, version=champion.ink_version)
    copies = _tuned(lease, before, lessons, replay, plan)
    lease.phase("Averaging")
    mean = soup(copies)
    if not finetune.is_finite(mean):
        lease.reject("The tuning diverged: its weights are no numbers any more.")
        return
    share = finetune.share_that_remembers(before, mean, replay, tuning=plan)
    after = finetune.drawn_back(before, mean, share=share)
    after = finetune.calibrated(after, replay, tuning=plan)
    lease.phase("Exporting")
    challenger = _registered(lease, champion, dataset, after, share=share)
    calibrated = [
        finetune.like(after, finetune.drawn_back(before, copy, share=share)) for copy in copies
    ]
    out_of_fold = _out_of_fold(calibrated, lessons)
    lease.evaluating()
    lease.phase("Measuring both")
    seen = _evidence(champion, challenger, after, dataset, material, taught, out_of_fold)
    shown = gather.summary(seen) | {"learning_curve": dataset.counts["learning_curve"]}
    lease.use(evidence=shown)
    _note(challenger, shown["mnist"]["challenger"])
    _decide(lease, challenger, seen)


def _tuned(
    lease: RunLease, before: Network, lessons: FineTuneSet, replay: Replay, plan: FineTuning
) -> list[Network]:
    """One copy a fold, each tuned without it. What an earlier worker did is not done again."""
    steps = plan.steps(len(lessons.labels))
    lease.phase("Fine-tuning", steps=steps * plan.folds)
    kept = lease.kept()
    copies = finetune.unpack(kept, like=before) if kept else []
    for fold in range(len(copies), plan.folds):
        lease.use(phase=f"Fine-tuning, part {fold + 1} of {plan.folds}")
        fit = finetune.begin(before, lessons, replay, fold=fold, tuning=plan)
        for step in fit:
            lease.progress(fold * steps + step.step, loss=step.loss, accuracy=step.accuracy)
        copies.append(finetune.done(fit))
        remembered = finetune.remembered(copies[-1], replay)
        lease.progress((fold + 1) * steps, validation=remembered)
        lease.keep(finetune.pack(copies))
    return copies


def _taught(champion: ModelVersion, dataset: DatasetRevision, plan: FineTuning) -> Drawn:
    """The drawings that teach, each in as many augmented views as will be used."""
    return pictures.drawn(
        dataset,
        Subset.TRAIN,
        version=champion.ink_version,
        views=plan.views(dataset.counts["train"], most=pictures.VIEWS),
        seed=plan.seed,
    )


def _lessons(taught: Drawn, dataset: DatasetRevision, plan: FineTuning) -> FineTuneSet:
    """Dealt by what the dataset says: people who come while the run is at work would deal anew, and
    a drawing might prove by a copy that had learnt from it."""
    by_person = dataset.counts["writers"] >= revisions.PEOPLE_APART
    return taught.fine_tune_set(plan, by_person=by_person)


def _registered(
    lease: RunLease,
    champion: ModelVersion,
    dataset: DatasetRevision,
    after: Network,
    *,
    share: float,
) -> ModelVersion:
    files = onnx_export.to_files(after)
    manifest = {
        "name": f"{champion.architecture}, run {lease.run.pk}",
        "architecture": champion.architecture,
        "ink_version": champion.ink_version,
        "parameters": architectures.parameter_count(after),
        "onnx_sha256": files.onnx_sha256,
        "safetensors_sha256": files.safetensors_sha256,
        "run": lease.run.pk,
        "dataset": dataset.pk,
        "metrics": {"temperature": after.temperature.item(), "share": share},
        "made": {"seed": lease.run.seed, "torch": torch.__version__.split("+")[0]},
    }
    challenger = registry.register(
        onnx=files.onnx,
        safetensors=files.safetensors,
        manifest=manifest,
        origin=ModelVersion.Origin.TRAINED,
        parent=champion,
    )
    lease.use(challenger=challenger)
    return challenger


def _out_of_fold(copies: list[Network], lessons: FineTuneSet) -> Predictions:
    """What is said of each taught drawing, in each view that is tested, by the copy that did not
    learn from it: of N drawings in V views N * V answers."""
    proving = _proving(lessons.pictures)
    folds, every = np.repeat(lessons.folds, proving.shape[1]), proving.reshape(-1, 28, 28)
    probabilities = np.zeros((len(folds), architectures.DIGITS), np.float32)
    is_digit = np.zeros(len(folds), np.float32)
    for fold, copy in enumerate(copies):
        mine = folds == fold
        answers = finetune.answers(copy, every[mine])
        probabilities[mine], is_digit[mine] = answers.probabilities, answers.is_digit
    return Predictions(probabilities, is_digit, settings.LEAST_IS_DIGIT)


def _proving(pictures: Images) -> Images:
    """Of drawings uint8 [N, V, 28, 28] the views that are tested, as drawn first."""
    return pictures[:, : evidence.views(len(pictures))]


# The gate --------------------------------------------------------------------------------------


def _evidence(
    champion: ModelVersion,
    challenger: ModelVersion,
    after: Network,
    dataset: DatasetRevision,
    material: ReplayData,
    taught: Drawn,
    out_of_fold: Predictions,
) -> Evidence:
    reader = _reader(champion)
    return gather.gather(
        reader,
        _reader(challenger),
        mnist=(material.mnist.test_images, material.mnist.test_labels),
        shipped=_shipped(champion, reader),
        proofs=_proofs(champion, dataset, taught, out_of_fold),
        strangers=material.strangers,
        pack=regression_set.pack(reader, version=champion.ink_version),
        export_difference=onnx_export.largest_difference(
            after, bytes(challenger.onnx.content), material.parts.held_images[:PROOF]
        ),
    )


def _note(challenger: ModelVersion, test: dict[str, Any]) -> None:
    """Writes into the version's manifest how it reads MNIST's test images."""
    names = ("count", "accuracy", "errors", "ece", "nll")
    metrics = challenger.manifest["metrics"] | {"test": {name: test[name] for name in names}}
    challenger.manifest = challenger.manifest | {"metrics": metrics}
    challenger.save(update_fields=["manifest"])


def _proofs(
    champion: ModelVersion, dataset: DatasetRevision, taught: Drawn, out_of_fold: Predictions
) -> HeldOutSet:
    """The holdout, and those taught drawings that the champion did not learn from either."""
    proving = _proving(taught.pictures)
    views, ink_version = proving.shape[1], champion.ink_version
    held = pictures.drawn(dataset, Subset.HOLDOUT, version=ink_version, views=views - 1, seed=0)
    new = ~np.isin(taught.ids, list(revisions.learnt_by(champion)))
    count, said = len(held.ids), out_of_fold.of(np.repeat(new, views))
    return HeldOutSet(
        pictures=np.concatenate([held.pictures, proving[new]]),
        labels=np.concatenate([held.labels, taught.labels[new]]),
        ids=np.concatenate([held.ids, taught.ids[new]]),
        holdout=np.arange(count + int(new.sum())) < count,
        out_of_fold=Predictions(
            np.concatenate([np.zeros((count * views, architectures.DIGITS)), said.probabilities]),
            np.concatenate([np.zeros(count * views), said.is_digit]),
            said.least_is_digit,
        ),
    )


def _shipped(champion: ModelVersion, reader: Reader) -> Reader | None:
    """The newest version that shipped; the champion's reader where they are one."""
    shipped = ModelVersion.objects.filter(origin=ModelVersion.Origin.SHIPPED).first()
    if shipped is None:
        return None
    return reader if shipped == champion else _reader(shipped)


def _decide(lease: RunLease, challenger: ModelVersion, seen: Evidence) -> None:
    rules: dict[str, Any] = settings.GATE
    decision = decide.decide(seen, Rules(**rules))
    lease.use(decision=decision.as_dict())
    if decision.promote:
        lease.promote(challenger, decision.words)
    else:
        lease.reject(decision.words)


def _reader(version: ModelVersion) -> Reader:
    content = bytes(Artifact.objects.get(pk=version.onnx_id).content)
    return Reader(content, least_is_digit=settings.LEAST_IS_DIGIT)


def _network(version: ModelVersion) -> Network:
    weights = Artifact.objects.get(pk=version.weights_id).content
    return onnx_export.from_safetensors(version.architecture, bytes(weights))
