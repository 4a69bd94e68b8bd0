"""Answers as JSON."""

import base64
from collections.abc import Container
from dataclasses import asdict
from typing import Any

from recognizer.answers import answering
from recognizer.wording import answer_words, likeness, personal_words

ALONE = ["verdict", "digit", "number", "confidence"]


def answer_fields(
    reading: answering.ChampionAnswer, *, extras: Container[str] = ()
) -> dict[str, Any]:
    """As AnswerSerializer describes it; `pixels` and `words` where they are among `extras`."""
    answer: dict[str, Any] = {
        **reading.shown.as_dict(),
        "personal": _personal(reading),
        "model_version": reading.model_version,
        "milliseconds": round(reading.milliseconds, 3),
    }
    if "pixels" in extras:
        answer["pixels"] = base64.b64encode(reading.pixels.tobytes()).decode()
    if "words" in extras:
        answer["words"] = _words(reading)
    return answer


def _personal(reading: answering.ChampionAnswer) -> dict[str, Any] | None:
    if reading.personal is None:
        return None
    source, alone = reading.personal.source, reading.answer
    return {
        "exemplar": asdict(source) if source else None,
        "alone": {name: getattr(alone, name) for name in ALONE},
    }


def _words(reading: answering.ChampionAnswer) -> dict[str, str]:
    if reading.personal is None:
        return answer_words(reading.answer)
    source = reading.personal.source
    like = likeness(source.digit, source.drawn_at) if source else ""
    return personal_words(reading.shown, reading.answer, like)
