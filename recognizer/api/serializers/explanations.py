"""Explanations as JSON."""

from typing import Any

from rest_framework import serializers

from recognizer.answers.explaining import ExplainedAnswer
from recognizer.api.serializers.answers import AnswerSerializer, answer_fields
from recognizer.inference.occlusion import Counterfactual, Explanation

DECIMALS = 4


class PieceSerializer(serializers.Serializer):
    """A piece of the ink: of a stroke, or of the picture that the network saw."""

    stroke = serializers.IntegerField(required=False, help_text="The stroke’s number, from 0.")
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        required=False,
        help_text="Its line, in the units of the canvas.",
    )
    square = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        help_text="Of an image: x, y, width and height in pixels of the 28x28 picture.",
    )
    weight = serializers.FloatField(
        min_value=-1, max_value=1, help_text="How much it spoke for the digit; below 0, against it."
    )
    runner_up_weight = serializers.FloatField(
        min_value=-1, max_value=1, help_text="How much it held the runner-up back."
    )


class CounterfactualSerializer(serializers.Serializer):
    """What is read without a part of the ink."""

    leave_out = serializers.ListField(
        child=serializers.IntegerField(), help_text="Numbers in `pieces`, from 0."
    )
    share = serializers.FloatField(min_value=0, max_value=1, help_text="Of all the ink.")
    digit = serializers.IntegerField(min_value=0, max_value=9, allow_null=True)
    probability = serializers.FloatField(help_text="Of the runner-up, then.")


class RunnerUpSerializer(serializers.Serializer):
    digit = serializers.IntegerField(min_value=0, max_value=9)
    probability = serializers.FloatField(min_value=0, max_value=1)
    margin = serializers.FloatField(
        min_value=0, max_value=1, help_text="How far its probability lies below the digit’s."
    )
    change = CounterfactualSerializer(
        allow_null=True, help_text="null: no part that was tried makes it the likeliest."
    )
    sentence = serializers.CharField()


class ExplanationSerializer(serializers.Serializer):
    """Why. `digit` is the likeliest one, also where the answer’s is null."""

    answer = AnswerSerializer()
    digit = serializers.IntegerField(min_value=0, max_value=9)
    sentence = serializers.CharField()
    pieces = PieceSerializer(many=True)
    runner_up = RunnerUpSerializer()


def explanation_fields(explained: ExplainedAnswer, *, words: bool = False) -> dict[str, Any]:
    """As ExplanationSerializer describes it; its answer with `words`, where they are asked for."""
    found = explained.explanation
    return {
        "answer": answer_fields(explained.reading, extras=["pixels", *["words"] * words]),
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
