"""Request bodies, refused by their size before they are read."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, JSONParser, MultiPartParser

from recognizer.api.errors import BodyTooLarge


def _refuse_above(most: int, context: Mapping[str, Any] | None) -> None:
    length = int((context or {})["request"].META.get("CONTENT_LENGTH") or 0)
    if length > most:
        raise BodyTooLarge(f"The body has {length:,} bytes; at most {most:,} are read.")


class BoundedJSONParser(JSONParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        _refuse_above(settings.STROKES_BODY_BYTES, parser_context)
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply.") from error
        if not isinstance(data, dict):
            raise ParseError("The body must be a JSON object.")
        return data


class BoundedMultiPartParser(MultiPartParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        # Beside the image a form has its boundaries and names.
        _refuse_above(settings.IMAGE_BODY_BYTES + 10_000, parser_context)
        form = super().parse(stream, media_type, parser_context)
        _refuse_several_images(form)
        return form


def _refuse_several_images(form: DataAndFiles) -> None:
    """Raises ParseError: of several parts of one name only the last would count."""
    images = len(form.files.getlist("image")) + len(form.data.getlist("image"))
    if images > 1:
        raise ParseError(f"The form has {images} images; send one at a time.")


class ImageParser(BaseParser):
    """An image as the body itself."""

    media_type = "image/*"

    def parse(
        self, stream: IO[Any], media_type: Any = None, parser_context: Any = None
    ) -> dict[str, bytes]:
        _refuse_above(settings.IMAGE_BODY_BYTES, parser_context)
        return {"image": stream.read()}


class FileParser(ImageParser):
    """An image whose sender does not know of what kind it is: its bytes say it anyway."""

    media_type = "application/octet-stream"


class UntypedParser(ImageParser):
    """The same without any Content-Type."""

    media_type = ""
