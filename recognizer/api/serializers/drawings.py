"""Stored drawings as JSON, with their answers and labels."""

import datetime as dt
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognizer import wording
from recognizer.api.serializers.answers import (
    CANDIDATES,
    PARTS,
    VERDICT,
    ExemplarSerializer,
    PartSerializer,
)
from recognizer.api.serializers.base import WordsField
from recognizer.api.serializers.strict_input import StrictInput
from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing, Exemplar, Label, PersonalReading, Prediction
from recognizer.services import deleting


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
    """A drawing by which its owner’s writing is known."""

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
