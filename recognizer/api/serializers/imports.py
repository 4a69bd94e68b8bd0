"""Imports as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognizer.api.serializers.strict_input import StrictInput
from recognizer.imports import work
from recognizer.models import Import, ImportRow


class ImportFileSerializer(StrictInput):
    """JSON lines as the export has them (also gzipped), or a zip of pictures and labels.csv."""

    file = serializers.FileField(allow_empty_file=True)


class RefusalSerializer(serializers.ModelSerializer):
    """A row that cannot be stored."""

    why = serializers.CharField(source="refusal", help_text="In one sentence.")

    class Meta:
        model = ImportRow
        fields = ["place", "why"]


class ImportSerializer(serializers.ModelSerializer):
    url = serializers.HyperlinkedIdentityField(view_name="api:import-detail")

    class Meta:
        model = Import
        fields = [
            "id",
            "url",
            "name",
            "state",
            "created_at",
            "finished_at",
            "total",
            "position",
            "kept",
            "known",
            "refused",
            "unused_labels",
        ]


class ImportDetailSerializer(ImportSerializer):
    digits = serializers.SerializerMethodField()
    shortage = serializers.SerializerMethodField()
    refusals = serializers.SerializerMethodField()

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "digits", "shortage", "refusals"]

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField(min_value=0)))
    def get_digits(self, one: Import) -> dict[str, int]:
        """How many are yet to be stored: of "0" to "9", "not a digit" and "unlabelled"."""
        return work.digits(one)

    def get_shortage(self, one: Import) -> str:
        """Says that there is no room for all of it; empty where there is."""
        return work.shortage(one)

    @extend_schema_field(RefusalSerializer(many=True))
    def get_refusals(self, one: Import) -> Any:
        """The first thousand rows that are refused."""
        return RefusalSerializer(work.refusals(one, work.MOST_REFUSALS), many=True).data
