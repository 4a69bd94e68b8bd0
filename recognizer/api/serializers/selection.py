"""Bulk actions on selected drawings: what is asked for, and what is answered."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from recognizer.api.serializers.drawings import DrawingSerializer
from recognizer.api.serializers.strict_input import StrictInput

# The number of drawings that one page of the history holds at most.
MOST = 100
IDS = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


@extend_schema_field(
    {"type": "array", "items": IDS, "minItems": 1, "maxItems": MOST, "uniqueItems": True}
)
class IdsField(serializers.ListField):
    """Ids of drawings, each once."""

    child = serializers.IntegerField(min_value=1, max_value=2**63 - 1)

    def run_validation(self, data: Any = serializers.empty) -> list[int]:
        ids: list[int] = super().run_validation(data)
        if len(set(ids)) < len(ids):
            raise serializers.ValidationError("A drawing is named twice.")
        return ids


class SelectionSerializer(StrictInput):
    """What to do with which drawings."""

    drawings = IdsField(min_length=1, max_length=MOST, help_text="Their ids, each once.")
    act = serializers.ChoiceField(
        choices=["withdraw", "delete", "restore"],
        help_text="`withdraw` takes back one’s label; `restore` undoes `delete`.",
    )


class SelectionLabelSerializer(SelectionSerializer):
    """The label for which drawings."""

    act = serializers.ChoiceField(choices=["label"])
    digit = serializers.IntegerField(
        min_value=0, max_value=9, allow_null=True, help_text="null: not a digit."
    )


class ChangedSerializer(serializers.Serializer):
    """The drawings as they are now; none where they were deleted."""

    changed = serializers.IntegerField(min_value=0)
    drawings = DrawingSerializer(many=True)


EITHER = PolymorphicProxySerializer(
    "SelectionOrLabel",
    [SelectionSerializer, SelectionLabelSerializer],
    resource_type_field_name=None,
)
