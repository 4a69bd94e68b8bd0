"""The champion that this process has loaded, and its answers to ink.

It is compared with the database's champion at most every CHAMPION_CHECK_SECONDS, so that a
promotion reaches every process without a restart.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings
from django.db import Error

from recognizer import registry
from recognizer.answers import personal
from recognizer.answers.personal import ExemplarSource, Known
from recognizer.answers.pixels import pixels_of, way_to_divide
from recognizer.inference import number_reading, occlusion, segmentation
from recognizer.inference.classifier import ArtifactCorrupt, Classifier, Reads, Thresholds
from recognizer.inference.ink_pieces import PicturePieces, Pieces, StrokePieces
from recognizer.inference.number_reading import DrawingAnswer
from recognizer.inference.occlusion import Explanation
from recognizer.inference.personal import PersonalClassifier, RememberingClassifier
from recognizer.inference.segmentation import Sheet
from recognizer.inference.verdicts import claim_of
from recognizer.ink import rasterize
from recognizer.ink.image_files import BadImage
from recognizer.ink.rasterize import NoInk
from recognizer.ink.strokes import BadStrokes, Strokes
from recognizer.models import Artifact, Drawing, ModelVersion, Upload

log = logging.getLogger(__name__)

# Why a stored drawing cannot be read.
UNREADABLE = (NoInk, BadStrokes, BadImage, Upload.DoesNotExist)
# From an ink version to a drawing divided for reading, and to its pieces for an explanation.
Ways = tuple[Callable[[int], Sheet], Callable[[int], Pieces]]


class NoModel(Exception):
    """No model version can answer: none is champion, or its file is damaged."""


class SeveralDigits(ValueError):
    """There is no single answer to explain. The message is one sentence for the user."""


@dataclass(frozen=True)
class LoadedVersion:
    """A model version that this process has loaded. `model_version` is its id in the database,
    None for the shipped files where there is no database."""

    model_version: int | None
    ink_version: int
    classifier: Classifier


@dataclass(frozen=True)
class PersonalAnswer:
    """What somebody is shown whose exemplars say more than the champion alone; and the exemplar
    that decided, where one did."""

    answer: DrawingAnswer
    source: ExemplarSource | None


@dataclass(frozen=True)
class ChampionAnswer:
    """The champion's answer, the picture it is for (uint8 [28, 28]), and how long it took.

    `answer` is what the champion says alone; `personal` what a person is shown instead, where it
    was read the way they write.
    """

    answer: DrawingAnswer
    pixels: np.ndarray
    model_version: int | None
    ink_version: int
    milliseconds: float
    personal: PersonalAnswer | None = None

    @property
    def shown(self) -> DrawingAnswer:
        return self.personal.answer if self.personal else self.answer


@dataclass(frozen=True)
class ExplainedAnswer:
    """The champion's answer, its explanation, and the pieces of ink to which that refers."""

    reading: ChampionAnswer
    explanation: Explanation
    pieces: Pieces


class ModelCache:
    """Caches one model version, and replaces it when the champion changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: LoadedVersion | None = None
        self._fresh_until = 0.0
        self._refused = ""

    def champion(self) -> LoadedVersion:
        """The champion. Raises NoModel where nothing can answer."""
        if self._loaded is None or time.monotonic() >= self._fresh_until:
            with self._lock:
                self._look()
        if self._loaded is None:
            raise NoModel("No model can answer now. Staff: see /health/ready.")
        return self._loaded

    def forget(self) -> None:
        """Compares with the database again at the next request."""
        self._fresh_until = 0.0

    def _look(self) -> None:
        if self._loaded is not None and time.monotonic() < self._fresh_until:
            return  # another thread has compared while this one waited
        version = ModelVersion.objects.champion()
        if version is None:
            self._loaded = None
        elif self._loaded is None or self._loaded.model_version != version.pk:
            self._load(version)
        self._fresh_until = time.monotonic() + settings.CHAMPION_CHECK_SECONDS

    def _load(self, version: ModelVersion) -> None:
        try:
            self._loaded = load(version)
        except ArtifactCorrupt as error:
            # The loaded version goes on answering; the damaged file never does.
            if self._refused != version.onnx_id:
                log.error("Version %s does not answer. %s", version.pk, error)
            self._refused = version.onnx_id


def load(version: ModelVersion) -> LoadedVersion:
    """Loads a version from the database. Raises ArtifactCorrupt."""
    content = Artifact.objects.values_list("content", flat=True).get(pk=version.onnx_id)
    classifier = _classifier(bytes(content), sha256=version.onnx_id)
    return LoadedVersion(version.pk, version.ink_version, classifier)


def load_shipped_files() -> LoadedVersion:
    """Loads the model that ships with the repository, which needs no database.

    Raises ShippedFilesDamaged.
    """
    shipped = registry.read_shipped()
    classifier = _classifier(shipped.onnx, sha256=shipped.manifest["onnx_sha256"])
    return LoadedVersion(None, shipped.manifest["ink_version"], classifier)


def _classifier(onnx: bytes, *, sha256: str) -> Classifier:
    thresholds = Thresholds(confidence=settings.LEAST_CONFIDENCE, is_digit=settings.LEAST_IS_DIGIT)
    return Classifier(
        onnx, sha256=sha256, thresholds=thresholds, threads=settings.INFERENCE_THREADS
    )


model_cache = ModelCache()


def ink_version() -> int:
    """The champion's ink version; the default one while nothing can answer."""
    try:
        return model_cache.champion().ink_version
    except NoModel:
        return rasterize.DEFAULT_VERSION


def pixels_answered(drawing: Drawing) -> np.ndarray:
    """The picture that the drawing's answer is for, uint8 [28, 28]; without an answer, the picture
    that the champion would read. Raises as `pixels_of` does."""
    answer = drawing.answer
    return pixels_of(drawing, version=answer.ink_version if answer else ink_version())


def holds(version_id: int) -> bool:
    """Whether this process has loaded that version, whose file may be damaged, as champion."""
    model_cache.forget()
    try:
        return model_cache.champion().model_version == version_id
    except NoModel:
        return False


def read_strokes(strokes: Strokes, *, person: int | None = None) -> ChampionAnswer:
    """As that person writes, if one is given by their id. Raises NoInk for blank ink, NoModel where
    nothing can answer."""
    loaded = model_cache.champion()
    return _read(
        loaded,
        lambda version: segmentation.of_strokes(strokes, version=version),
        _known(loaded, person),
    )


def read_image(image: np.ndarray, *, person: int | None = None) -> ChampionAnswer:
    """For a decoded image. Raises as read_strokes does."""
    loaded = model_cache.champion()
    return _read(
        loaded,
        lambda version: segmentation.of_image(image, version=version),
        _known(loaded, person),
    )


def read_drawings(loaded: LoadedVersion, drawings: Iterable[Drawing]) -> dict[int, ChampionAnswer]:
    """Answers to stored drawings of either kind, by their ids, in one batch, each as its owner
    writes. What cannot be read is left out; each answer's time is its share."""
    started = time.perf_counter()
    sheets = list(_sheets(loaded, drawings))
    classifier = RememberingClassifier(loaded.classifier)
    answers = number_reading.answer(classifier, [sheet for _, sheet in sheets])
    owners = {drawing.owner_id for drawing, _ in sheets}
    known = personal.known_people.get_many(owners, loaded.model_version)
    shown = [
        _shown(classifier, sheet, _beside(drawing, known[drawing.owner_id]), answer)
        for (drawing, sheet), answer in zip(sheets, answers, strict=True)
    ]
    milliseconds = (time.perf_counter() - started) * 1000 / max(len(sheets), 1)
    return {
        drawing.pk: ChampionAnswer(
            answer, sheet.whole, loaded.model_version, loaded.ink_version, milliseconds, own
        )
        for (drawing, sheet), answer, own in zip(sheets, answers, shown, strict=True)
    }


def _sheets(loaded: LoadedVersion, drawings: Iterable[Drawing]) -> Iterator[tuple[Drawing, Sheet]]:
    for drawing in drawings:
        try:
            yield drawing, way_to_divide(drawing)(loaded.ink_version)
        except UNREADABLE as error:
            log.warning("%s cannot be read: %s", str(drawing).capitalize(), error)


def _known(loaded: LoadedVersion, person: int | None) -> Known | None:
    if person is None:
        return None
    return personal.known_people.get(person, loaded.model_version)


def _known_beside(loaded: LoadedVersion, drawing: Drawing) -> Known | None:
    """What is known of the owner by other drawings than this."""
    return _beside(drawing, _known(loaded, drawing.owner_id))


def _beside(drawing: Drawing, known: Known | None) -> Known | None:
    if known is None or drawing.read_alone:
        return None
    return known.without(drawing.pk)


def _read(
    loaded: LoadedVersion, divide: Callable[[int], Sheet], known: Known | None
) -> ChampionAnswer:
    started = time.perf_counter()
    sheet = divide(loaded.ink_version)
    answer, own = _answers(loaded.classifier, sheet, known)
    milliseconds = (time.perf_counter() - started) * 1000
    return ChampionAnswer(
        answer, sheet.whole, loaded.model_version, loaded.ink_version, milliseconds, own
    )


def _answers(
    classifier: Classifier, sheet: Sheet, known: Known | None
) -> tuple[DrawingAnswer, PersonalAnswer | None]:
    """What the network says alone, and what the person is shown, where that is more."""
    if known is None:
        [alone] = number_reading.answer(classifier, [sheet])
        return alone, None
    remembering = RememberingClassifier(classifier)
    [alone] = number_reading.answer(remembering, [sheet])
    return alone, _shown(remembering, sheet, known, alone)


def _shown(
    classifier: RememberingClassifier, sheet: Sheet, known: Known | None, alone: DrawingAnswer
) -> PersonalAnswer | None:
    """What the person is shown of what the classifier has read already; None: that alone."""
    if known is None:
        return None
    reader = PersonalClassifier(classifier, known.exemplars)
    [own] = number_reading.answer(reader, [sheet])
    if own.exemplar is None and claim_of(own) == claim_of(alone):
        return None
    return PersonalAnswer(own, None if own.exemplar is None else known.sources[own.exemplar])


def explain_strokes(strokes: Strokes, *, person: int | None = None) -> ExplainedAnswer:
    """Why the champion reads strokes as it does: as that person writes, if one is given.

    Raises SeveralDigits where it reads a number or finds several digits, else as read_strokes.
    """
    loaded = model_cache.champion()
    return _explain(loaded, *_ways_of_strokes(strokes), _known(loaded, person))


def explain_image(image: np.ndarray, *, person: int | None = None) -> ExplainedAnswer:
    """For a decoded image. Raises as explain_strokes does."""
    loaded = model_cache.champion()
    return _explain(loaded, *_ways_of_image(image), _known(loaded, person))


def explain_drawing(drawing: Drawing) -> ExplainedAnswer:
    """For a stored drawing, of either kind, as its owner writes. Raises as explain_strokes does."""
    loaded = model_cache.champion()
    if drawing.uploaded:
        ways = _ways_of_image(drawing.upload.image())
    else:
        ways = _ways_of_strokes(drawing.ink())
    return _explain(loaded, *ways, _known_beside(loaded, drawing))


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
    # The same version answers and explains, whatever is promoted meanwhile.
    reading = _read(loaded, divide, known)
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


def warm() -> None:
    """Loads the champion before the first request, if there is one that can be loaded."""
    try:
        model_cache.champion()
    except (NoModel, Error) as error:
        log.warning("This process starts without a model: %s", error)
