"""The work of a recognition worker: answering stored drawings, in batches."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import redis
from django.db import transaction

from recognizer.answers import answering, serving
from recognizer.answers.answering import ChampionAnswer, PersonalAnswer
from recognizer.answers.serving import LoadedVersion
from recognizer.answers.stored import answer_tasks, claims, current, events
from recognizer.inference.number_reading import DrawingAnswer
from recognizer.models import Drawing, PersonalReading, Prediction

log = logging.getLogger(__name__)


def answer_waiting() -> None:
    """Answers a batch of waiting drawings. If there are more, it first sends another task, which
    another worker can take. Raises NoModel before it claims anything."""
    serving.model_cache.champion()
    answer_tasks.taken()
    drawings = claims.claim_fresh()
    if len(drawings) == claims.AT_ONCE:
        answer_tasks.send()
    if drawings:
        answer(drawings)


def answer_lapsed() -> None:
    """Answers drawings whose claim expired, one by one, at most AT_ONCE of them. Raises NoModel."""
    serving.model_cache.champion()
    for _ in range(claims.AT_ONCE):
        drawings = claims.claim_lapsed()
        if not drawings:
            return
        answer(drawings)


def answer(drawings: Sequence[Drawing], *, known: Collection[int] = ()) -> None:
    """Stores the champion's answers to these drawings, and notifies waiting requests.

    `known`: ids of drawings that have a prediction of the champion; they are not read again.
    Drawings that cannot be read are skipped. Repeating a call changes nothing. Raises NoModel.
    """
    left = _answer(drawings, known)
    if left:
        # Either another version was just promoted, and nothing else would answer these again, or
        # somebody was writing to them.
        serving.model_cache.expire()
        _answer(Drawing.objects.filter(pk__in=left).select_related("upload"), ())
    _announce(drawing.pk for drawing in drawings)


def _answer(drawings: Iterable[Drawing], known: Collection[int]) -> set[int]:
    """Returns the ids of drawings that still need the champion's answer."""
    loaded = serving.model_cache.champion()
    unknown = [drawing for drawing in drawings if drawing.pk not in known]
    readings = answering.read_drawings(loaded, unknown)
    unreadable = [drawing for drawing in unknown if drawing.pk not in readings]
    if unreadable:
        claims.postpone(unreadable)
    answered = {*known, *readings}
    return answered - _keep(loaded, answered, readings)


@transaction.atomic
def _keep(
    loaded: LoadedVersion, answered: set[int], readings: Mapping[int, ChampionAnswer]
) -> set[int]:
    """Stores the readings, and makes the version's predictions these drawings' answers.

    Returns the ids of those that now have the champion's answer.
    """
    here = _locked(answered)
    if not here:
        return here
    new = [_prediction(pk, reading) for pk, reading in readings.items() if pk in here]
    Prediction.objects.bulk_create(new, ignore_conflicts=True)
    kept = list(Prediction.objects.filter(model_version=loaded.model_version, drawing__in=here))
    _keep_personal(kept, readings)
    return here if current.record_answers(kept) else set()


def _keep_personal(
    predictions: Sequence[Prediction], readings: Mapping[int, ChampionAnswer]
) -> None:
    """Stores the personal readings that belong to these predictions."""
    shown = {pk: reading.personal for pk, reading in readings.items() if reading.personal}
    exemplars = {one.source.drawing for one in shown.values() if one.source}
    here = _locked(exemplars) if exemplars else set()
    new = [
        _personal_reading(prediction, shown[prediction.drawing_id], here)
        for prediction in predictions
        if prediction.drawing_id in shown
    ]
    PersonalReading.objects.bulk_create(new, ignore_conflicts=True)


def _locked(drawings: set[int]) -> set[int]:
    """The drawings that still exist, locked against erasure until the transaction ends. Rows that
    others are writing are skipped: deletions lock several rows too, so waiting could deadlock."""
    found = Drawing.objects.filter(pk__in=drawings)
    locked = found.select_for_update(skip_locked=True, no_key=True).order_by()
    return set(locked.values_list("pk", flat=True))


def _prediction(drawing_id: int, reading: ChampionAnswer) -> Prediction:
    assert reading.model_version is not None  # it came from the database
    return Prediction(
        drawing_id=drawing_id,
        model_version_id=reading.model_version,
        ink_version=reading.ink_version,
        milliseconds=reading.milliseconds,
        **_fields(reading.answer),
    )


def _personal_reading(
    prediction: Prediction, shown: PersonalAnswer, exemplars: set[int]
) -> PersonalReading:
    """`exemplars`: ids of drawings that still exist and can be referred to."""
    source = shown.source
    return PersonalReading(
        prediction=prediction,
        exemplar_id=source.drawing if source and source.drawing in exemplars else None,
        exemplar_digit=source.digit if source else None,
        **_fields(shown.answer),
    )


def _fields(answer: DrawingAnswer) -> dict[str, Any]:
    return {
        "verdict": answer.verdict,
        "digit": answer.digit,
        "number": answer.number,
        "parts": [asdict(part) for part in answer.parts],
        "confidence": answer.confidence,
        "probabilities": answer.probabilities,
        "is_digit": answer.is_digit,
    }


def _announce(drawings: Iterable[int]) -> None:
    try:
        events.announce(drawings)
    except redis.RedisError as error:
        log.warning("No request was notified of its answer: %s", error)
