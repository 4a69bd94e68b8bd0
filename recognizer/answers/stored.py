"""The work of a recognition worker: answering stored drawings."""

import logging
from dataclasses import asdict

import redis
from django.db import IntegrityError, transaction

from recognizer.answers import current, events, serving
from recognizer.models import Drawing, Prediction

log = logging.getLogger(__name__)


def predict(drawing_id: int) -> Prediction | None:
    """Stores the champion's answer to the drawing; None if the drawing is gone.

    Asked twice, it changes nothing the second time.
    """
    try:
        return _predict(drawing_id)
    except IntegrityError:
        if Drawing.objects.filter(pk=drawing_id).exists():
            raise
        return None  # it was deleted meanwhile


def _predict(drawing_id: int) -> Prediction | None:
    drawing = Drawing.objects.filter(pk=drawing_id).first()
    if drawing is None:
        return None
    prediction, is_champions = keep_answer(drawing, serving.read_drawing(drawing))
    if not is_champions:
        # Another version was promoted a moment ago, and nothing else would answer this one again.
        serving.model_cache.forget()
        prediction, _ = keep_answer(drawing, serving.read_drawing(drawing))
    _announce(drawing_id)
    return prediction


@transaction.atomic
def keep_answer(drawing: Drawing, reading: serving.ChampionAnswer) -> tuple[Prediction, bool]:
    """Stores an answer. Returns the prediction, and whether it is the champion's.

    Raises IntegrityError where the drawing was deleted meanwhile.
    """
    answer = reading.answer
    prediction, _ = Prediction.objects.get_or_create(
        drawing=drawing,
        model_version_id=reading.model_version,
        defaults={
            "digit": answer.digit,
            "number": answer.number,
            "parts": [asdict(part) for part in answer.parts],
            "confidence": answer.confidence,
            "probabilities": answer.probabilities,
            "is_digit": answer.is_digit,
            "ink_version": reading.ink_version,
            "milliseconds": reading.milliseconds,
        },
    )
    return prediction, current.record_answer(drawing, prediction)


def _announce(drawing_id: int) -> None:
    try:
        events.announce(drawing_id)
    except redis.RedisError as error:
        log.warning("No request was notified that drawing %s is answered: %s", drawing_id, error)
