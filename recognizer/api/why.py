"""Explanations as JSON."""

from typing import Any

from recognizer.answers.explaining import ExplainedAnswer
from recognizer.api import answers
from recognizer.inference.occlusion import Counterfactual, Explanation

DECIMALS = 4


def explanation_fields(explained: ExplainedAnswer, *, words: bool = False) -> dict[str, Any]:
    """As ExplanationSerializer describes it; its answer with `words`, where they are asked for."""
    found = explained.explanation
    return {
        "answer": answers.answer_fields(explained.reading, extras=["pixels", *["words"] * words]),
        "digit": found.digit,
        "sentence": found.sentence,
        "pieces": _pieces(explained),
        "runner_up": _runner_up(found),
    }


def _pieces(explained: ExplainedAnswer) -> list[dict[str, Any]]:
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


def _change(change: Counterfactual, runner_up: int) -> dict[str, Any]:
    return {
        "leave_out": list(change.part),
        "share": round(change.share, DECIMALS),
        "digit": change.answer.digit,
        "probability": change.answer.probabilities[runner_up],
    }
