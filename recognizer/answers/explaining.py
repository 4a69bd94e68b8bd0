"""The champion's answers to ink, with explanations."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings

from digitsite.places import Places
from recognizer.answers import answering, serving
from recognizer.answers.answering import ChampionAnswer
from recognizer.answers.personal import Known
from recognizer.answers.serving import LoadedVersion
from recognizer.inference import occlusion, segmentation
from recognizer.inference.classifier import Classifier, Reads
from recognizer.inference.ink_pieces import PicturePieces, Pieces, StrokePieces
from recognizer.inference.occlusion import Explanation
from recognizer.inference.personal import PersonalClassifier
from recognizer.inference.segmentation import Sheet
from recognizer.ink.strokes import Strokes
from recognizer.models import Drawing

# A stranger's long scribble takes a quarter of a second. Rate limits hold an address back;
# here it is many addresses that are: most threads answer other requests.
_places = Places(max(settings.WEB_THREADS // 4, 1))
TOO_MANY = "Too many answers are being explained now. Try again in a few seconds."

# Functions of an ink version: to a drawing divided for reading, and to its pieces for an
# explanation.
Ways = tuple[Callable[[int], Sheet], Callable[[int], Pieces]]


class SeveralDigits(ValueError):
    """There is no single answer to explain. The message is one sentence for the user."""


@dataclass(frozen=True)
class ExplainedAnswer:
    """The champion's answer, its explanation, and the pieces of ink to which that refers."""

    reading: ChampionAnswer
    explanation: Explanation
    pieces: Pieces


def explain_strokes(strokes: Strokes, *, person: int | None = None) -> ExplainedAnswer:
    """Explains the champion's answer to strokes; with `person` (an id), adjusted by that person's
    exemplars.

    Raises SeveralDigits where it reads a number or finds several digits; else as
    answering.read_strokes.
    """
    loaded = serving.model_cache.champion()
    return _explain(loaded, *_ways_of_strokes(strokes), answering.known_of(loaded, person))


def explain_image(image: np.ndarray, *, person: int | None = None) -> ExplainedAnswer:
    """Explains the answer to a decoded image. Raises as explain_strokes."""
    loaded = serving.model_cache.champion()
    return _explain(loaded, *_ways_of_image(image), answering.known_of(loaded, person))


def explain_drawing(drawing: Drawing) -> ExplainedAnswer:
    """Explains the answer to a stored drawing of either kind, adjusted by its owner's exemplars.
    Raises as explain_strokes."""
    loaded = serving.model_cache.champion()
    if drawing.uploaded:
        ways = _ways_of_image(drawing.upload.image())
    else:
        ways = _ways_of_strokes(drawing.ink())
    return _explain(loaded, *ways, answering.known_of_owner(loaded, drawing))


def _ways_of_strokes(strokes: Strokes) -> Ways:
    return (
        lambda version: segmentation.of_strokes(strokes, version=version),
        lambda version: StrokePieces(strokes, version=version),
    )


def _ways_of_image(image: np.ndarray) -> Ways:
    return (
        lambda version: segmentation.of_image(image, version=version),
        lambda version: PicturePieces(image, version=version),
    )


def _explain(
    loaded: LoadedVersion,
    divide: Callable[[int], Sheet],
    cut: Callable[[int], Pieces],
    known: Known | None,
) -> ExplainedAnswer:
    """Raises Busy if this process explains as many answers as it may already."""
    with _places.one(TOO_MANY, retry_seconds=2):
        # The same version answers and explains, even if another is promoted meanwhile.
        reading = answering.read(loaded, divide, known)
        if reading.shown.parts:
            raise SeveralDigits("Several digits have no one reason: draw one of them alone.")
        started = time.perf_counter()
        pieces = cut(loaded.ink_version)
        found = occlusion.explain(pieces, _reader(loaded.classifier, known))
        more = (time.perf_counter() - started) * 1000
    whole = replace(reading, milliseconds=reading.milliseconds + more)
    return ExplainedAnswer(whole, found, pieces)


def _reader(classifier: Classifier, known: Known | None) -> Reads:
    return PersonalClassifier(classifier, known.exemplars) if known else classifier
