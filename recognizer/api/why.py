"""Explanations, as the API says them."""

import base64
from typing import Any

from recognizer.classifier import Answer
from recognizer.explanation import Change, Explanation
from recognizer.serving import Explained

DECIMALS = 4


def said(explained: Explained) -> dict[str, Any]:
    """As ExplanationSerializer describes it."""
    found = explained.explanation
    return {
        "answer": _answer(found.answer, explained),
        "digit": found.digit,
        "sentence": found.sentence,
        "pieces": _pieces(explained),
        "runner_up": _runner_up(found),
    }


def _answer(answer: Answer, explained: Explained) -> dict[str, Any]:
    return {
        "digit": answer.digit,
        "confidence": answer.confidence,
        "probabilities": answer.probabilities,
        "is_digit": answer.is_digit,
        "model_version": explained.model_version,
        "milliseconds": round(explained.milliseconds, 3),
        "pixels": base64.b64encode(explained.pieces.picture.tobytes()).decode(),
    }


def _pieces(explained: Explained) -> list[dict[str, Any]]:
    found = explained.explanation
    weights = found.weights.round(DECIMALS).tolist()
    rivals = found.rival_weights.round(DECIMALS).tolist()
    return [
        place | {"weight": weight, "runner_up_weight": rival}
        for place, weight, rival in zip(explained.pieces.places, weights, rivals, strict=True)
    ]


def _runner_up(found: Explanation) -> dict[str, Any]:
    return {
        "digit": found.runner_up,
        "probability": found.answer.probabilities[found.runner_up],
        "margin": found.margin,
        "change": _change(found.change, found.runner_up) if found.change else None,
        "sentence": found.change_sentence,
    }


def _change(change: Change, runner_up: int) -> dict[str, Any]:
    return {
        "leave_out": list(change.part),
        "share": round(change.share, DECIMALS),
        "digit": change.answer.digit,
        "probability": change.answer.probabilities[runner_up],
    }
