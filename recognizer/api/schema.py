"""What the OpenAPI description says of requests that the code reads by itself."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from recognizer.api.serializers import ImageSerializer, StrokesSerializer
from recognizer.models import Drawing

INK = {
    "application/json": StrokesSerializer,
    "multipart/form-data": ImageSerializer,
    "image/*": OpenApiTypes.BINARY,
}
ERROR = {
    "type": "object",
    "description": "Every error: a sentence for people, and a word for programs.",
    "properties": {"error": {"type": "string"}, "code": {"type": "string"}},
    "required": ["error", "code"],
}
PIXELS = OpenApiParameter("pixels", bool, description="Add the picture the network saw.")
WORDS = OpenApiParameter("words", bool, description="Add how the pages word it.")
PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`wait=N`: answer only when the drawing was read, or after N seconds (at most 5).",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key twice makes one drawing. At most 200 characters.",
)
HISTORY = [
    OpenApiParameter("digit", int, description="The answer, 0 to 9.", enum=list(range(10))),
    OpenApiParameter("state", str, enum=Drawing.Outcome.values),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day, UTC."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, UTC."),
]
FORMAT = OpenApiParameter("type", str, enum=["csv", "jsonl", "zip"], required=True)


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Token ...`."""

    target_class = "recognizer.api.authentication.TokenAuthentication"
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token `, then a token made on the account page.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The session's cookie."""

    target_class = "recognizer.api.authentication.PageSession"
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class RememberedSessionScheme(OpenApiAuthenticationExtension):
    """The same cookie, which other operations describe."""

    target_class = "recognizer.api.authentication.RememberedSession"
    name: list[str] = []  # one description of a name may come from one class only

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return []

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[Any]]:
        return {"cookieAuth": []}


def with_errors(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Adds the errors' one shape to each operation. A postprocessing hook of drf-spectacular."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, meaning in _errors_of(path, operation).items():
                operation["responses"].setdefault(status, _error(meaning))
    return result


def _errors_of(path: str, operation: dict[str, Any]) -> dict[str, str]:
    """The errors that such an operation may answer, by status."""
    errors = {
        "400": "The request cannot be understood.",
        "401": "Nobody is signed in, or the token is wrong.",
        "403": "Not allowed, or the CSRF token is missing.",
        "429": "Too many requests; Retry-After says how many seconds to wait.",
    }
    if "{" in path:
        errors["404"] = "There is no such thing, or it is somebody else's."
    if "requestBody" in operation:
        errors["413"] = "The body is too large."
        errors["415"] = "The body is of a kind that is not read here."
    return errors


def _error(meaning: str) -> dict[str, Any]:
    shape = {"schema": {"$ref": "#/components/schemas/Error"}}
    return {"description": meaning, "content": {"application/json": shape}}
