"""The champion's answers to ink: to strokes, to images and to stored drawings."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from recognizer.answers import personal, serving
from recognizer.answers.personal import ExemplarSource, Known
from recognizer.answers.pixels import divider_of, pixels_of
from recognizer.answers.serving import LoadedVersion
from recognizer.inference import number_reading, segmentation
from recognizer.inference.classifier import Classifier
from recognizer.inference.number_reading import DrawingAnswer
from recognizer.inference.personal import PersonalClassifier, RememberingClassifier
from recognizer.inference.segmentation import Sheet
from recognizer.inference.verdicts import claim_of
from recognizer.ink.image_files import BadImage
from recognizer.ink.rasterize import NoInk
from recognizer.ink.strokes import BadStrokes, Strokes
from recognizer.models import Drawing, Upload

log = logging.getLogger(__name__)

# The errors for which a stored drawing cannot be read.
UNREADABLE = (NoInk, BadStrokes, BadImage, Upload.DoesNotExist)


@dataclass(frozen=True)
class PersonalAnswer:
    """What a person is shown where their exemplars change the champion's answer, with the exemplar
    that decided, if a single one did."""

    answer: DrawingAnswer
    source: ExemplarSource | None


@dataclass(frozen=True)
class ChampionAnswer:
    """The champion's answer, the picture it is for (uint8 [28, 28]), and how long it took.

    `answer` is the champion's own; `personal` is what the person is shown instead, where their
    exemplars changed it.
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


def pixels_answered(drawing: Drawing) -> np.ndarray:
    """The picture that the drawing's answer is for, uint8 [28, 28]; without an answer, the picture
    that the champion would read. Raises as `pixels_of` does."""
    answer = drawing.answer
    return pixels_of(drawing, version=answer.ink_version if answer else serving.ink_version())


def read_strokes(strokes: Strokes, *, person: int | None = None) -> ChampionAnswer:
    """Answers strokes; with `person` (an id), adjusted by that person's exemplars. Raises NoInk for
    blank ink, and NoModel if no model can answer."""
    loaded = serving.model_cache.champion()
    return read(
        loaded,
        lambda version: segmentation.of_strokes(strokes, version=version),
        known_of(loaded, person),
    )


def read_image(image: np.ndarray, *, person: int | None = None) -> ChampionAnswer:
    """Answers a decoded image. Arguments and errors as in read_strokes."""
    loaded = serving.model_cache.champion()
    return read(
        loaded,
        lambda version: segmentation.of_image(image, version=version),
        known_of(loaded, person),
    )


def read_drawings(loaded: LoadedVersion, drawings: Iterable[Drawing]) -> dict[int, ChampionAnswer]:
    """Answers stored drawings of either kind in one batch, by drawing id, each adjusted by its
    owner's exemplars. Drawings that cannot be read are left out. `milliseconds` is each one's
    share."""
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
            yield drawing, divider_of(drawing)(loaded.ink_version)
        except UNREADABLE as error:
            log.warning("%s cannot be read: %s", str(drawing).capitalize(), error)


def known_of(loaded: LoadedVersion, person: int | None) -> Known | None:
    """The person's exemplars under that version; None without a person, or where they have none."""
    if person is None:
        return None
    return personal.known_people.get(person, loaded.model_version)


def known_of_owner(loaded: LoadedVersion, drawing: Drawing) -> Known | None:
    """The owner's exemplars except this drawing's own; None as in known_of, and for a drawing that
    is read without them."""
    return _beside(drawing, known_of(loaded, drawing.owner_id))


def _beside(drawing: Drawing, known: Known | None) -> Known | None:
    if known is None or drawing.read_alone:
        return None
    return known.without(drawing.pk)


def read(
    loaded: LoadedVersion, divide: Callable[[int], Sheet], known: Known | None
) -> ChampionAnswer:
    """The version's answer to the ink that `divide` gives for its ink version, as the person with
    these exemplars writes. Raises what `divide` does."""
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
    """The network's own answer, and the personal one where it differs."""
    if known is None:
        [alone] = number_reading.answer(classifier, [sheet])
        return alone, None
    remembering = RememberingClassifier(classifier)
    [alone] = number_reading.answer(remembering, [sheet])
    return alone, _shown(remembering, sheet, known, alone)


def _shown(
    classifier: RememberingClassifier, sheet: Sheet, known: Known | None, alone: DrawingAnswer
) -> PersonalAnswer | None:
    """The personal answer, from outputs that the classifier has cached; None where it says the
    same."""
    if known is None:
        return None
    reader = PersonalClassifier(classifier, known.exemplars)
    [own] = number_reading.answer(reader, [sheet])
    if own.exemplar is None and claim_of(own) == claim_of(alone):
        return None
    return PersonalAnswer(own, None if own.exemplar is None else known.sources[own.exemplar])
