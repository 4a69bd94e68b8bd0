"""Answers as JSON."""

import base64
from collections.abc import Container
from typing import Any

from recognizer.answers import serving
from recognizer.wording import answer_words


def answer_fields(
    reading: serving.ChampionAnswer, *, extras: Container[str] = ()
) -> dict[str, Any]:
    """As AnswerSerializer describes it; `pixels` and `words` where they are among `extras`."""
    answer: dict[str, Any] = {
        **reading.answer.as_dict(),
        "model_version": reading.model_version,
        "milliseconds": round(reading.milliseconds, 3),
    }
    if "pixels" in extras:
        answer["pixels"] = base64.b64encode(reading.pixels.tobytes()).decode()
    if "words" in extras:
        answer["words"] = answer_words(reading.answer)
    return answer
