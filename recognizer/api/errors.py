"""One shape for every error of the API: {"error": "a sentence", "code": "a_word"}."""

import logging
from typing import Any

from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from recognizer.accounts import tokens
from recognizer.answers import explaining, serving
from recognizer.imports import files as import_files
from recognizer.imports import work as import_work
from recognizer.ink import image_files, rasterize, strokes
from recognizer.limits import quota
from recognizer.models import Drawing, Prediction, Upload
from recognizer.services import deleting, labelling, saving

GONE = "It is not there: it was deleted, never was, or is somebody else’s."
log = logging.getLogger(__name__)


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class Contradiction(exceptions.APIException):
    """Each parameter is valid, but not together with the others, or not here and now."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "contradiction"


# The first match counts: UnsupportedImage is a BadImage.
OURS: list[tuple[type[Exception], int, str]] = [
    (strokes.BadStrokes, 400, "bad_strokes"),
    (rasterize.NoInk, 400, "no_ink"),
    (image_files.UnsupportedImage, 415, "unsupported_image"),
    (image_files.BadImage, 400, "bad_image"),
    (tokens.TooManyTokens, 409, "too_many_tokens"),
    (quota.QuotaExceeded, 413, "quota_exceeded"),
    (labelling.NotAllowed, 403, "permission_denied"),
    (saving.KeyReused, 422, "key_reused"),
    (deleting.CountDiffers, 409, "count_differs"),
    (import_files.BadImport, 400, "bad_import"),
    (import_work.AlreadyImporting, 409, "already_importing"),
    (import_work.StillOpen, 409, "import_not_started"),
    (import_work.NotChecked, 409, "not_checked"),
    (explaining.SeveralDigits, 409, "several_digits"),
    (serving.NoModel, 503, "no_model"),
]


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: turns named errors into the common JSON shape."""
    for kind, code, word in OURS:
        if isinstance(error, kind):
            return Response({"error": str(error), "code": word}, status=code)
    if isinstance(error, (Drawing.DoesNotExist, Upload.DoesNotExist, Prediction.DoesNotExist)):
        error = Http404()  # deleted while the request was answered
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, Http404):
        response.data = GONE  # Django's message names models and queries
    response.data = {"error": _sentence(response.data), "code": _code(error)}
    return response


def _sentence(data: Any) -> str:
    """DRF's nested messages as one line: `digit: Not a valid choice.`"""
    if isinstance(data, dict):
        return " ".join(_field(name, value) for name, value in data.items())
    if isinstance(data, list):
        return " ".join(_sentence(item) for item in data)
    text = str(data)
    return text if text.endswith(".") else f"{text}."


def _field(name: str, value: Any) -> str:
    general = name in ("detail", "non_field_errors", "__all__")
    return _sentence(value) if general else f"{name}: {_sentence(value)}"


def _code(error: Exception) -> str:
    if not isinstance(error, exceptions.APIException):
        return "not_found"
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code
