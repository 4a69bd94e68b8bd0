"""Training runs as JSON."""

from rest_framework import serializers

from training.models import TrainingRun
from training.runs.stale_worker import stale_worker


class RunSerializer(serializers.ModelSerializer):
    """A run as a list shows it."""

    asked_by = serializers.CharField(source="asked_by.username", default=None, allow_null=True)
    seconds_left = serializers.FloatField(
        allow_null=True, help_text="Until this phase ends, by the pace of its steps."
    )
    heartbeat_age = serializers.FloatField(
        allow_null=True, help_text="Seconds since its worker last gave a sign of life."
    )

    class Meta:
        model = TrainingRun
        fields = [
            "id",
            "state",
            "trigger",
            "asked_by",
            "reason",
            "created_at",
            "started_at",
            "ended_at",
            "attempt",
            "heartbeat_age",
            "cancel_asked",
            "phase",
            "step",
            "steps",
            "seconds_left",
            "dataset",
            "champion",
            "challenger",
        ]
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """A run with its training curve and the gate’s decision."""

    stale_worker = serializers.SerializerMethodField(
        help_text="What comes of it where its worker has not been heard of for long; else empty."
    )

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "stale_worker", "curve", "decision"]
        read_only_fields = fields

    def get_stale_worker(self, run: TrainingRun) -> str:
        return stale_worker(run)
