"""Answers as JSON."""

import base64
from collections.abc import Container
from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from recognizer.answers.answering import ChampionAnswer
from recognizer.api.serializers.base import WordsField
from recognizer.inference.verdicts import Verdict
from recognizer.wording import answer_words, likeness, personal_words

VERDICT = (
    "What kind of answer it is. “several”: several digits, which touch or of which some cannot be "
    "read."
)
NUMBER = "Of several digits that stand apart, side by side: each, from left to right."
CONFIDENCE = "Of a number that all its digits are right, else of the most probable digit."
CANDIDATES = "Between which digits it hesitates, where the verdict is “unsure”."
PARTS = "Each of several digits, as it reads by itself; empty where there is one."
PERSONAL = "null: this is what the network says alone."
ALONE = ["verdict", "digit", "number", "confidence"]


class _ReadSerializer(serializers.Serializer):
    """What the network says of some ink. `digit` is null where it abstains."""

    digit = serializers.IntegerField(min_value=0, max_value=9, allow_null=True)
    confidence = serializers.FloatField(min_value=0, max_value=1)
    probabilities = serializers.ListField(
        child=serializers.FloatField(), min_length=10, max_length=10
    )
    is_digit = serializers.FloatField(min_value=0, max_value=1)


class PartSerializer(_ReadSerializer):
    """One of several digits."""

    place = serializers.ListField(
        child=serializers.FloatField(),
        min_length=4,
        max_length=4,
        help_text="x, y, width and height, in units of the canvas or pixels of the image.",
    )


class ExemplarSerializer(serializers.Serializer):
    """A drawing of the same person, of which the ink reminds."""

    drawing = serializers.IntegerField(help_text="Its id.")
    digit = serializers.IntegerField(
        min_value=0, max_value=9, allow_null=True, help_text="What it is; null: not a digit."
    )
    drawn_at = serializers.DateTimeField()


class AloneSerializer(serializers.Serializer):
    """What the network says alone."""

    verdict = serializers.ChoiceField(list(Verdict))
    digit = serializers.IntegerField(min_value=0, max_value=9, allow_null=True)
    number = serializers.CharField(allow_null=True)
    confidence = serializers.FloatField(min_value=0, max_value=1)


class PersonalSerializer(serializers.Serializer):
    """That ink was read the way the person writes, by what they said of other drawings."""

    exemplar = ExemplarSerializer(allow_null=True, help_text="null: no single one decided.")
    alone = AloneSerializer()


class AnswerSerializer(_ReadSerializer):
    """An answer. `probabilities` and `is_digit` are of all the ink together."""

    verdict = serializers.ChoiceField(list(Verdict), help_text=VERDICT)
    number = serializers.CharField(allow_null=True, help_text=NUMBER)
    confidence = serializers.FloatField(min_value=0, max_value=1, help_text=CONFIDENCE)
    candidates = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=9), help_text=CANDIDATES
    )
    parts = PartSerializer(many=True, help_text=PARTS)
    personal = PersonalSerializer(allow_null=True, help_text=PERSONAL)
    model_version = serializers.IntegerField()
    milliseconds = serializers.FloatField()
    pixels = serializers.CharField(
        required=False,
        help_text="With ?pixels=1: the 28x28 grey values the network saw, base64, row by row.",
    )
    words = WordsField(answer_words)


def answer_fields(reading: ChampionAnswer, *, extras: Container[str] = ()) -> dict[str, Any]:
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


def _personal(reading: ChampionAnswer) -> dict[str, Any] | None:
    if reading.personal is None:
        return None
    source, alone = reading.personal.source, reading.answer
    return {
        "exemplar": asdict(source) if source else None,
        "alone": {name: getattr(alone, name) for name in ALONE},
    }


def _words(reading: ChampionAnswer) -> dict[str, str]:
    if reading.personal is None:
        return answer_words(reading.answer)
    source = reading.personal.source
    like = likeness(source.digit, source.drawn_at) if source else ""
    return personal_words(reading.shown, reading.answer, like)
