"""Answers, as the API says them."""

import base64
from typing import Any

from recognizer.answers import serving


def said(reading: serving.ChampionAnswer, *, with_pixels: bool) -> dict[str, Any]:
    """As AnswerSerializer describes it."""
    answer: dict[str, Any] = {
        **reading.answer.as_dict(),
        "model_version": reading.model_version,
        "milliseconds": round(reading.milliseconds, 3),
    }
    if with_pixels:
        answer["pixels"] = base64.b64encode(reading.pixels.tobytes()).decode()
    return answer
