"""Parsers of request bodies; StrictView refuses bodies that are too large."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, JSONParser, MultiPartParser

from recognizer import strict_json


class BoundedJSONParser(JSONParser):
    @staticmethod
    def most_bytes() -> int:
        return settings.STROKES_BODY_BYTES

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            data = strict_json.loads(stream.read().decode(encoding))
        except strict_json.NotTaken as error:
            raise ParseError(str(error)) from error
        except ValueError as error:  # the bytes may not be text either
            raise ParseError(f"JSON parse error - {error}") from error
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.")
        return data


class BoundedMultiPartParser(MultiPartParser):
    @staticmethod
    def most_bytes() -> int:
        return settings.FORM_BODY_BYTES

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles:
        form = super().parse(stream, media_type, parser_context)
        for name in ("image", "file"):
            _refuse_several(name, form)
        return form


def _refuse_several(name: str, form: DataAndFiles) -> None:
    """Raises ParseError: of several parts with one name only the last would count."""
    count = len(form.files.getlist(name)) + len(form.data.getlist(name))
    if count > 1:
        raise ParseError(f"The form has {count} {name}s; send one at a time.")


class ImageParser(BaseParser):
    """An image as the whole body."""

    media_type = "image/*"

    @staticmethod
    def most_bytes() -> int:
        return settings.IMAGE_BODY_BYTES

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, bytes]:
        return {"image": stream.read()}


class FileParser(ImageParser):
    """An image of undeclared type: its bytes show the type."""

    media_type = "application/octet-stream"


class UntypedParser(ImageParser):
    """The same without a Content-Type."""

    media_type = ""
