"""Serializers that refuse JSON values of the wrong type, which DRF alone would convert."""

from itertools import islice
from typing import Any

from rest_framework import serializers

from recognizer.forms import which_exist

# An answer names so many mistakes: an object may have tens of thousands of unknown names.
MOST_SAID = 10
JSON_TYPES: dict[type[serializers.Field], tuple[type, str]] = {
    serializers.BooleanField: (bool, "true or false"),
    serializers.IntegerField: (int, "a whole number"),
    serializers.CharField: (str, "text"),
}


class StrictInput(serializers.Serializer):
    """Takes JSON values as they are. DRF alone would convert "7" and true to numbers and 0 to
    false, and ignore unknown names."""

    def to_internal_value(self, data: dict[str, Any]) -> dict[str, Any]:
        fields = {name: field for name, field in self.fields.items() if not field.read_only}
        found = ((name, _mistake(fields, name, value)) for name, value in data.items())
        errors = dict(islice(((name, [why]) for name, why in found if why), MOST_SAID))
        if errors:
            raise serializers.ValidationError(errors)
        return super().to_internal_value(data)


def _mistake(fields: dict[str, serializers.Field], name: str, value: object) -> str | None:
    """What is wrong with this member's name or type; None if nothing is."""
    if name not in fields:
        return f"It is not known here; {which_exist(fields)}."
    field = fields[name]
    if isinstance(field, serializers.ListField):
        return _wrong_list(field, value if isinstance(value, list) else [])
    wrong = _wrong_type(field, value)
    return wrong and f"It must be {wrong}."


def _wrong_list(field: serializers.ListField, items: list[Any]) -> str | None:
    """What is wrong with a list. DRF would look at a hundred thousand items, and say what is wrong
    with each, before it counts them."""
    if field.max_length is not None and len(items) > field.max_length:
        return str(field.error_messages["max_length"]).format(max_length=field.max_length)
    wrong = next(filter(None, (_wrong_type(field.child, item) for item in items)), None)
    return wrong and f"Each of them must be {wrong}."


def _wrong_type(field: serializers.Field, value: object) -> str | None:
    """The expected type in words, if the value has another one."""
    if value is None and field.allow_null:
        return None
    for kind, (expected, words) in JSON_TYPES.items():
        if isinstance(field, kind) and type(value) is not expected:
            return f"{words} or null" if field.allow_null else words
    return None
