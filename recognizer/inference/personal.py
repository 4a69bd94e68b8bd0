"""Adapts answers to one person's handwriting by exemplars: drawings that the person labelled.

A cache model in the manner of Tip-Adapter (R. Zhang et al., 2022): nearby exemplars, by the cosine
of the network's embeddings, add to their digit's log probability. One outweighs an uncertain
network, two a confident one. Nothing is trained, and without a nearby exemplar nothing changes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recognizer.inference.classes import NOT_A_DIGIT
from recognizer.inference.classifier import Answer, Classifier, Outputs, Thresholds
from recognizer.ink.arrays import Floats

# The most exemplars of one person that are used.
MOST_EXEMPLARS = 300
# What an exemplar adds if it is the same shape, in nats, and how fast that falls with 1 - cosine:
# to its digit's log probability, and to the log-odds of being a digit. The second falls faster:
# non-digits lie close together (letters: a cosine of 0.58 at the median). Chosen on even writers:
# docs/experiments.md.
WEIGHT, FALL = 8.0, 10.0
MOST_WEIGHT = 2 * WEIGHT  # the most that all exemplars of a digit add together
DIGITNESS_WEIGHT, DIGITNESS_FALL = 12.0, 30.0
# Exemplars that would add less than this, in nats, add nothing: they have another shape.
LEAST_GAIN = 0.05
FARTHEST = math.log(WEIGHT / LEAST_GAIN) / FALL  # 1 - cosine
SMALLEST = 1e-9
# The network's log-odds of being a digit are limited to this where an exemplar is near.
MOST_LOG_ODDS = 6.0


@dataclass(frozen=True)
class Exemplars:
    """One person's labelled shapes: embeddings float32 [N, D] of unit length; labels [N], 0 to 9 or
    NOT_A_DIGIT; keys [N], by which the caller identifies them."""

    embeddings: Floats
    labels: np.ndarray
    keys: Sequence[int]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Gains:
    """What exemplars add to one image, in nats: to each digit's log probability, float [10], and to
    the log-odds of being a digit. `places` [11]: the index of each label's nearest exemplar, the
    last for NOT_A_DIGIT; -1 where none is near."""

    digits: Floats
    digitness: float
    nearest: np.ndarray


class PersonalClassifier:
    """A classifier with one person's exemplars. It keeps the network's own answers too: each image
    is run once, whether one or both are asked for."""

    def __init__(
        self, classifier: "Classifier | RememberingClassifier", exemplars: Exemplars
    ) -> None:
        self.alone = (
            classifier
            if isinstance(classifier, RememberingClassifier)
            else RememberingClassifier(classifier)
        )
        self._exemplars = exemplars

    @property
    def thresholds(self) -> Thresholds:
        return self.alone.thresholds

    def classify(self, images: np.ndarray) -> list[Answer]:
        """Answers uint8 images [N, 28, 28] in their order; each says which exemplar decided it."""
        outputs = self.alone.outputs(images)
        return [self._answer(Outputs(*row)) for row in zip(*outputs, strict=True)]

    def _answer(self, alone: Outputs) -> Answer:
        found = gains(alone.embedding, self._exemplars)
        probabilities, is_digit = adapt(alone.probabilities, float(alone.is_digit), found)
        answer = self.alone.answer(probabilities, is_digit)
        label = NOT_A_DIGIT if answer.is_digit < self.thresholds.is_digit else answer.digit
        spoke = None if label is None else int(found.nearest[label])
        key = None if spoke is None or spoke < 0 else self._exemplars.keys[spoke]
        unswayed = self.alone.answer(alone.probabilities, float(alone.is_digit))
        return replace(answer, exemplar=key, swayed=answer.digit != unswayed.digit)


class RememberingClassifier:
    """A classifier that runs the network once per image, however often it is asked for."""

    def __init__(self, classifier: Classifier) -> None:
        self.thresholds = classifier.thresholds
        self.answer = classifier.answer
        self._classifier = classifier
        self._known: dict[bytes, tuple[np.ndarray, ...]] = {}

    def outputs(self, images: np.ndarray) -> Outputs:
        """The network's outputs for uint8 images [N, 28, 28]."""
        names = [image.tobytes() for image in images]
        new = [place for place, name in enumerate(names) if name not in self._known]
        if new:
            rows = zip(*self._classifier.outputs(images[new]), strict=True)
            self._known.update(zip([names[place] for place in new], rows, strict=True))
        columns = zip(*(self._known[name] for name in names), strict=True)
        return Outputs(*(np.array(column) for column in columns))

    def classify(self, images: np.ndarray) -> list[Answer]:
        """As Classifier.classify."""
        return self._classifier.answers(self.outputs(images))


def gains(embedding: Floats, exemplars: Exemplars) -> Gains:
    """What the exemplars add to an image with this embedding, float32 [D]."""
    nearest, distance, digits = np.full(11, -1), np.full(11, np.inf), np.zeros(11)
    if len(exemplars):
        distances = 1 - exemplars.embeddings @ unit(embedding)
        near = np.flatnonzero(distances <= FARTHEST)
        near = near[np.argsort(-distances[near])]
        labels = exemplars.labels[near]
        # Of several with one label the last assignment wins, which is the nearest.
        nearest[labels], distance[labels] = near, distances[near]
        np.add.at(digits, labels, WEIGHT * np.exp(-FALL * distances[near]))
    digitness = DIGITNESS_WEIGHT * np.exp(-DIGITNESS_FALL * distance)
    return Gains(
        digits=np.minimum(digits[:10], MOST_WEIGHT),
        digitness=float(digitness[:10].max() - digitness[NOT_A_DIGIT]),
        nearest=nearest,
    )


def adapt(probabilities: Floats, is_digit: float, found: Gains) -> tuple[Floats, float]:
    """The adapted probabilities, float [10], and is_digit, 0 to 1."""
    scores = np.log(np.maximum(probabilities, SMALLEST)) + found.digits
    shares = np.exp(scores - scores.max())
    if found.digitness:
        alone = min(max(_log_odds(is_digit), -MOST_LOG_ODDS), MOST_LOG_ODDS)
        is_digit = 1 / (1 + math.exp(-alone - found.digitness))
    return shares / shares.sum(), is_digit


def unit(embeddings: Floats) -> Floats:
    """Embeddings [..., D], scaled to unit length; one of zeros stays as it is."""
    length = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    return embeddings / np.maximum(length, SMALLEST)


def chosen(confidence_in_label: Floats, ages: Floats) -> np.ndarray:
    """The indexes [M] of the exemplars to keep, at most MOST_EXEMPLARS: those in whose label the
    network alone has the least confidence, float [N]; of equals the youngest, by ages [N]."""
    return np.lexsort([ages, confidence_in_label])[:MOST_EXEMPLARS]


def _log_odds(share: float) -> float:
    share = min(max(share, SMALLEST), 1 - SMALLEST)
    return math.log(share / (1 - share))
