"""One's account and its tokens as JSON."""

from typing import Any

from rest_framework import serializers

from recognizer.accounts import tokens
from recognizer.api.serializers.strict_input import StrictInput
from recognizer.models import ApiToken, Scope, User


class AccountSerializer(StrictInput, serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username", "email", "teaches", "personal_reading"]
        read_only_fields = ["username", "email"]

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        """Writes these fields only: other columns may have changed since the request was
        authenticated, such as the password or `is_active`, and must not be overwritten."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
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
