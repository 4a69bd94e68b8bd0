"""The ink that a request's body holds."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from recognizer.answers import decoding
from recognizer.api.parameters import flag
from recognizer.api.requests.parsers import (
    BoundedJSONParser,
    BoundedMultiPartParser,
    FileParser,
    ImageParser,
    UntypedParser,
)
from recognizer.ink import strokes as ink_strokes
from recognizer.ink.strokes import BadStrokes, Strokes
from recognizer.limits.throttles import WindowThrottle
from recognizer.models import signed_in

INK_PARSERS = [BoundedJSONParser, BoundedMultiPartParser, ImageParser, FileParser, UntypedParser]
T = TypeVar("T")


def ink_of(request: Request) -> Strokes | bytes:
    """The body's strokes, or its image file, undecoded. Raises BadStrokes, ValidationError or
    Throttled."""
    data: Any = request.data  # our parsers give mappings
    if "image" not in data and "strokes" not in data:
        raise BadStrokes("Send strokes, width and height; or an image.")
    if "image" in data and "strokes" in data:
        raise BadStrokes("Send strokes or an image, not both.")
    if "image" not in data:
        return ink_strokes.parse(
            data.get("strokes"), width=data.get("width"), height=data.get("height")
        )
    WindowThrottle().admit_image(request)
    image = data["image"]
    if isinstance(image, UploadedFile):
        return image.read()
    if isinstance(image, bytes):
        return image
    raise ValidationError("Send the image as a file, or as the body itself.")


def apply_to_ink(
    ink: Strokes | bytes, *, strokes: Callable[[Strokes], T], image: Callable[[np.ndarray], T]
) -> T:
    """Calls `strokes` with strokes, or `image` with the decoded image (uint8). Raises as
    decoding.decode."""
    return strokes(ink) if isinstance(ink, Strokes) else image(decoding.decode(ink))


def person_of(request: Request) -> int | None:
    """The id of the person whose exemplars count; None for nobody, or with `personal=0`."""
    wanted = request.user.is_authenticated and flag(request, "personal", default=True)
    return signed_in(request).pk if wanted else None
