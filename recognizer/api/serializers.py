"""The API's serializers."""

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.request import Request

from recognizer import wording
from recognizer.accounts import tokens
from recognizer.api.strict_input import StrictInput
from recognizer.inference.verdicts import Verdict
from recognizer.ink import strokes as ink_strokes
from recognizer.models import (
    ApiToken,
    Drawing,
    Exemplar,
    Label,
    PersonalReading,
    Prediction,
    Scope,
    User,
)
from recognizer.services import deleting, refusals

VERDICT = (
    "What kind of answer it is. “several”: several digits, which touch or of which some cannot be "
    "read."
)
NUMBER = "Of several digits that stand apart, side by side: each, from left to right."
CONFIDENCE = "Of a number that all its digits are right, else of the most probable digit."
CANDIDATES = "Between which digits it hesitates, where the verdict is “unsure”."
FLAG = {"true": True, "1": True, "false": False, "0": False}
PARTS = "Each of several digits, as it reads by itself; empty where there is one."


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    """Whether the address switches this on; `default` where it does not say."""
    return FLAG.get(request.query_params.get(name, ""), default)


class _Made(threading.local):
    """This thread's serializers, by their class, and the context that they share."""

    def __init__(self) -> None:
        self.by_kind: dict[type[serializers.Serializer], serializers.Serializer] = {}
        self.context: dict[str, Any] = {}


_made = _Made()


def represent(
    kind: type[serializers.Serializer], instance: object, context: Mapping[str, Any]
) -> dict[str, Any]:
    """`kind(instance, context=context).data`, with fields that are made once a thread. For each
    saved drawing it took 2 ms to make them, and a tenth of that to use them."""
    serializer = _made.by_kind.get(kind)
    if serializer is None:
        serializer = _made.by_kind[kind] = kind(context=_made.context)
    _made.context.update(context)
    try:
        return serializer.to_representation(instance)
    finally:
        _made.context.clear()


class WordsField(serializers.DictField):
    """What `write` says of the instance in words, where the address asks for it by ?words=1."""

    def __init__(self, write: Callable[[Any], dict[str, str]], **kwargs: Any) -> None:
        kwargs = {"child": serializers.CharField(), "required": False, **kwargs}
        super().__init__(help_text="With ?words=1: how the pages word it.", **kwargs)
        self.write = write

    def get_attribute(self, instance: Any) -> dict[str, str]:
        if not flag(self.context["request"], "words"):
            raise SkipField
        return self.write(instance)


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


PERSONAL = "null: this is what the network says alone."


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
    words = WordsField(wording.answer_words)


class PieceSerializer(serializers.Serializer):
    """A piece of the ink: of a stroke, or of the picture that the network saw."""

    stroke = serializers.IntegerField(required=False, help_text="The stroke's number, from 0.")
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
        min_value=0, max_value=1, help_text="How far its probability lies below the digit's."
    )
    change = CounterfactualSerializer(
        allow_null=True, help_text="null: no part that was tried makes it the likeliest."
    )
    sentence = serializers.CharField()


class ExplanationSerializer(serializers.Serializer):
    """Why. `digit` is the likeliest one, also where the answer's is null."""

    answer = AnswerSerializer()
    digit = serializers.IntegerField(min_value=0, max_value=9)
    sentence = serializers.CharField()
    pieces = PieceSerializer(many=True)
    runner_up = RunnerUpSerializer()


class StrokesSerializer(serializers.Serializer):
    """Ink: at most 200 strokes and 5,000 points; a point is [x, y], [x, y, t] or
    [x, y, t, pressure], and lies on the canvas or not far beside it."""

    strokes = serializers.ListField(
        child=serializers.ListField(
            child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=4),
            min_length=1,
            max_length=ink_strokes.MAX_POINTS,
        ),
        min_length=1,
        max_length=ink_strokes.MAX_STROKES,
    )
    width = serializers.FloatField(
        min_value=ink_strokes.MIN_CANVAS, max_value=ink_strokes.MAX_CANVAS
    )
    height = serializers.FloatField(
        min_value=ink_strokes.MIN_CANVAS, max_value=ink_strokes.MAX_CANVAS
    )


class ImageSerializer(serializers.Serializer):
    image = serializers.ImageField()


class _StoredSerializer(serializers.ModelSerializer):
    """A reading that is stored."""

    verdict = serializers.ChoiceField(list(Verdict), read_only=True, help_text=VERDICT)
    candidates = serializers.ListField(
        child=serializers.IntegerField(), read_only=True, help_text=CANDIDATES
    )
    parts = PartSerializer(many=True, read_only=True, help_text=PARTS)
    words = WordsField(wording.reading_words)

    class Meta:
        fields = [
            "verdict",
            "digit",
            "number",
            "confidence",
            "probabilities",
            "is_digit",
            "candidates",
            "parts",
            "words",
        ]


class PredictionSerializer(_StoredSerializer):
    """What a model version says alone."""

    model_version = serializers.IntegerField(source="model_version_id")

    class Meta(_StoredSerializer.Meta):
        model = Prediction
        fields = [
            *_StoredSerializer.Meta.fields,
            "model_version",
            "ink_version",
            "milliseconds",
            "created_at",
        ]


class PersonalReadingSerializer(_StoredSerializer):
    """What the owner was shown, read the way they write."""

    exemplar = serializers.SerializerMethodField()

    class Meta(_StoredSerializer.Meta):
        model = PersonalReading
        fields = [*_StoredSerializer.Meta.fields, "exemplar"]

    @extend_schema_field(ExemplarSerializer(allow_null=True))
    def get_exemplar(self, reading: PersonalReading) -> dict[str, Any] | None:
        if reading.exemplar is None or reading.exemplar.deleted_at is not None:
            return None
        return {
            "drawing": reading.exemplar_id,
            "digit": reading.exemplar_digit,
            "drawn_at": reading.exemplar.created_at,
        }


class LabelSerializer(StrictInput, serializers.ModelSerializer):
    digit = serializers.IntegerField(
        min_value=0, max_value=9, allow_null=True, help_text="null: not a digit."
    )

    class Meta:
        model = Label
        fields = ["digit", "role", "withdrawn", "created_at"]
        read_only_fields = ["role", "withdrawn", "created_at"]


class DrawingSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="api:drawing-detail")
    kind = serializers.SerializerMethodField()
    answer = PredictionSerializer(
        allow_null=True, read_only=True, help_text="What a model version says alone."
    )
    personal_answer = serializers.SerializerMethodField()
    label = LabelSerializer(allow_null=True, read_only=True)  # type: ignore[assignment]
    owner_label = LabelSerializer(
        allow_null=True,
        read_only=True,
        help_text="What its owner said last; where a reviewer says otherwise, `label` counts.",
    )
    words = WordsField(wording.drawing_words)

    class Meta:
        model = Drawing
        fields = [
            "id",
            "url",
            "created_at",
            "kind",
            "width",
            "height",
            "outcome",
            "answer",
            "personal_answer",
            "label",
            "owner_label",
            "words",
        ]

    @extend_schema_field(PersonalReadingSerializer(allow_null=True))
    def get_personal_answer(self, drawing: Drawing) -> dict[str, Any] | None:
        """What its owner was shown instead, read the way they write. null: the answer."""
        shown = wording.shown_to_owner(drawing)
        if not isinstance(shown, PersonalReading):
            return None
        return PersonalReadingSerializer(shown, context=self.context).data

    def get_kind(self, drawing: Drawing) -> str:
        return "upload" if drawing.uploaded else "strokes"


class DrawingDetailSerializer(DrawingSerializer):
    predictions = PredictionSerializer(many=True, read_only=True)
    labels = LabelSerializer(many=True, read_only=True)

    class Meta(DrawingSerializer.Meta):
        fields = [*DrawingSerializer.Meta.fields, "strokes", "predictions", "labels"]


class KnownShapeSerializer(serializers.ModelSerializer):
    """A drawing by which its owner's writing is known."""

    drawing = serializers.IntegerField(source="drawing_id", help_text="Its id.")
    drawn_at = serializers.DateTimeField(source="drawing.created_at")

    class Meta:
        model = Exemplar
        fields = ["drawing", "digit", "drawn_at"]


class DeletedSerializer(serializers.Serializer):
    deleted = serializers.IntegerField(min_value=0)


class RestoredSerializer(serializers.Serializer):
    restored = serializers.IntegerField(min_value=0)


class DeletedDrawingSerializer(DrawingSerializer):
    """A drawing that its owner may still bring back."""

    url = serializers.HyperlinkedIdentityField(view_name="api:deleted-drawing-detail")
    deleted_at = serializers.DateTimeField(read_only=True)
    kept_until = serializers.SerializerMethodField(help_text="Then it is deleted permanently.")

    class Meta(DrawingSerializer.Meta):
        fields = [*DrawingSerializer.Meta.fields, "deleted_at", "kept_until"]

    def get_kept_until(self, drawing: Drawing) -> dt.datetime:
        return deleting.kept_until(drawing)


class AccountSerializer(StrictInput, serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "email", "teaches", "personal_reading"]
        read_only_fields = ["username", "email"]

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        """Writes these fields alone: whoever was signed in seconds ago may have a new password
        since, or be active no more, and must not bring back what was. Raises AccountGone."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        with refusals.refusing_the_gone(instance), transaction.atomic():
            instance.save(update_fields=list(validated_data))
        return instance


class TokenSerializer(StrictInput, serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), min_length=1, max_length=len(Scope)
    )
    days = serializers.IntegerField(
        write_only=True,
        default=tokens.DAYS,
        allow_null=True,
        min_value=1,
        max_value=tokens.MOST_DAYS,
        help_text="After so many days it ends; null: never.",
    )

    class Meta:
        model = ApiToken
        fields = ["id", "name", "scopes", "days", "created", "expiry", "last_used"]
        read_only_fields = ["created", "expiry", "last_used"]


class NewTokenSerializer(TokenSerializer):
    token = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]
