"""Label review: which of people's labels are set aside before training, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.conf import settings

from recognizer.inference.classes import NOT_A_DIGIT, as_class
from training.datasets import revisions
from training.datasets.revisions import SampleRow
from training.ml.data import label_quality
from training.ml.fit.replay_data import ReplayData
from training.ml.network.onnx_reader import Reader
from training.models import Subset

DIGIT_ANCHORS, NON_DIGIT_ANCHORS = 3000, 300


@dataclass(frozen=True)
class LabelReview:
    """For each row why it is set aside ("" where it is not), and how wrong its label looks, 0 to 1;
    and the learning curve, see label_quality.learning_curve."""

    reasons: list[str]
    doubts: list[float]
    learning_curve: list[dict[str, float]]


def review(
    rows: Sequence[SampleRow],
    pictures: npt.NDArray[np.uint8],
    pretrained: Reader,
    replay_data: ReplayData,
) -> LabelReview:
    """Reviews the labels of N rows with their pictures, uint8 [N, 28, 28], and a network that was
    not trained on any of them: one that had learned a wrong label would no longer contradict it."""
    labelled = _labelled(rows, pictures, pretrained)
    anchors = _anchors(pretrained, replay_data)
    flags, doubts = label_quality.contradicted(labelled, anchors, seed=1)
    people = {row.owner for row in rows}
    rates = label_quality.rates(
        # A reviewer's label says nothing about the drawing's owner.
        flags & ~labelled.reviewed,
        labelled.people,
        drawn=revisions.drawn_by(people),
        refused=revisions.refused_of(people),
    )
    newest = np.array([row.label for row in rows])
    # The rates count every contradiction: many wrong labels of one kind make each other plausible.
    doubted = flags & label_quality.implausible(doubts)
    own = label_quality.own_shapes(labelled, anchors)
    reasons = label_quality.set_aside(
        labelled, doubted, own, rates, order=newest, thresholds=_thresholds()
    )
    believed = labelled.of(np.array([not reason for reason in reasons]))
    curve = label_quality.learning_curve(believed, anchors, seed=1)
    return LabelReview(reasons, doubts.tolist(), curve)


def _labelled(
    rows: Sequence[SampleRow], pictures: npt.NDArray[np.uint8], pretrained: Reader
) -> label_quality.LabelSet:
    answers, embedding = pretrained.read_and_embed(pictures)
    return label_quality.LabelSet(
        labels=np.array([as_class(row.digit) for row in rows]),
        people=np.array([row.owner for row in rows]),
        reviewed=np.array([row.reviewed for row in rows]),
        probabilities=_with_no_digit(answers.probabilities, answers.is_digit),
        embedding=embedding,
        in_training=np.array([row.subset == Subset.TRAIN for row in rows]),
    )


def _thresholds() -> label_quality.ReviewThresholds:
    return label_quality.ReviewThresholds(
        doubt=settings.DOUBT_FROM,
        distrust=settings.DISTRUST_FROM,
        labels=settings.LABELS_A_PERSON,
    )


def _with_no_digit(
    probabilities: npt.NDArray[np.floating], is_digit: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    return np.column_stack([probabilities * is_digit[:, None], 1 - is_digit])


def _anchors(pretrained: Reader, replay_data: ReplayData) -> label_quality.Anchors:
    parts = replay_data.parts
    non_digits = replay_data.non_digits[:NON_DIGIT_ANCHORS]
    pictures = np.concatenate([parts.held_images[:DIGIT_ANCHORS], non_digits])
    labels = [parts.held_labels[:DIGIT_ANCHORS], np.full(len(non_digits), NOT_A_DIGIT)]
    return label_quality.Anchors(pretrained.embed(pictures), np.concatenate(labels))
