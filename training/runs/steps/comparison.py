"""Runs champion and challenger on the same samples, as evidence for the gate."""

import numpy as np
from django.conf import settings

from recognizer.models import Artifact, ModelVersion
from training.datasets import pictures, regression_set, revisions
from training.datasets.pictures import LabelledDrawings
from training.ml.arrays import Images
from training.ml.fit import finetune
from training.ml.fit.finetune import FineTuneSet
from training.ml.fit.replay_data import ReplayData
from training.ml.gate import evidence as gate_evidence
from training.ml.gate import gather
from training.ml.gate.evidence import Evidence
from training.ml.gate.gather import HeldOutSet
from training.ml.network import architectures, onnx_export
from training.ml.network.architectures import Network
from training.ml.network.onnx_reader import Reader
from training.ml.network.predictions import Predictions
from training.models import DatasetRevision, Subset
from training.runs.steps.challenger import TrainedChallenger

# How many of MNIST's images the exported file and the network are compared on.
EXPORT_IMAGES = 1000


def out_of_fold(copies: list[Network], fine_tune_set: FineTuneSet) -> Predictions:
    """Cross-validated predictions: of each drawing by the copy that did not learn from it.

    Of N drawings in V tested views N * V predictions.
    """
    tested = tested_views(fine_tune_set.pictures)
    folds, images = np.repeat(fine_tune_set.folds, tested.shape[1]), tested.reshape(-1, 28, 28)
    probabilities = np.zeros((len(folds), architectures.DIGITS), np.float32)
    is_digit = np.zeros(len(folds), np.float32)
    for fold, copy in enumerate(copies):
        chosen = folds == fold
        answers = finetune.answers(copy, images[chosen])
        probabilities[chosen], is_digit[chosen] = answers.probabilities, answers.is_digit
    return Predictions(probabilities, is_digit, settings.LEAST_IS_DIGIT)


def tested_views(images: Images) -> Images:
    """The tested views of drawings uint8 [N, V, 28, 28], as drawn first."""
    return images[:, : gate_evidence.views(len(images))]


def held_out(
    champion: ModelVersion,
    dataset: DatasetRevision,
    drawings: LabelledDrawings,
    predictions: Predictions,
) -> HeldOutSet:
    """What neither network learned from: the holdout, and those training drawings that the champion
    did not learn from either, with their out-of-fold predictions."""
    tested = tested_views(drawings.pictures)
    views, ink_version = tested.shape[1], champion.ink_version
    holdout = pictures.labelled_drawings(
        dataset, Subset.HOLDOUT, version=ink_version, views=views - 1, seed=0
    )
    new = ~np.isin(drawings.ids, list(revisions.training_drawings(champion)))
    count, out_of_fold = len(holdout.ids), predictions.of(np.repeat(new, views))
    return HeldOutSet(
        pictures=np.concatenate([holdout.pictures, tested[new]]),
        labels=np.concatenate([holdout.labels, drawings.labels[new]]),
        ids=np.concatenate([holdout.ids, drawings.ids[new]]),
        holdout=np.arange(count + int(new.sum())) < count,
        out_of_fold=Predictions(
            np.concatenate(
                [np.zeros((count * views, architectures.DIGITS)), out_of_fold.probabilities]
            ),
            np.concatenate([np.zeros(count * views), out_of_fold.is_digit]),
            out_of_fold.least_is_digit,
        ),
    )


def evidence(
    champion: ModelVersion,
    trained: TrainedChallenger,
    held_out: HeldOutSet,
    replay_data: ReplayData,
) -> Evidence:
    """Runs both versions, as they would serve, over everything that the gate tests."""
    champion_reader, version = reader(champion), trained.version
    return gather.gather(
        champion_reader,
        reader(version),
        mnist=(replay_data.mnist.test_images, replay_data.mnist.test_labels),
        shipped=shipped_reader(champion, champion_reader),
        held_out=held_out,
        out_of_distribution=replay_data.held_out_non_digits,
        regression_set=regression_set.load(champion_reader, version=champion.ink_version),
        export=onnx_export.agreement(
            trained.network,
            bytes(version.onnx.content),
            replay_data.parts.held_images[:EXPORT_IMAGES],
        ),
    )


def reader(version: ModelVersion) -> Reader:
    content = bytes(Artifact.objects.get(pk=version.onnx_id).content)
    return Reader(content, least_is_digit=settings.LEAST_IS_DIGIT)


def shipped_reader(champion: ModelVersion, champion_reader: Reader) -> Reader | None:
    """Of the newest version that shipped; the champion's own where they are the same."""
    shipped = ModelVersion.objects.filter(origin=ModelVersion.Origin.SHIPPED).first()
    if shipped is None:
        return None
    return champion_reader if shipped == champion else reader(shipped)
