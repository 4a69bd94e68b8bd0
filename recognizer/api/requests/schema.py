"""What each operation accepts, for the OpenAPI description and the views, which refuse the rest."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from recognizer.api.errors import BodyTooLarge
from recognizer.api.parameters import FLAG, KEY_PATTERN
from recognizer.api.serializers.ink import ImageSerializer, StrokesSerializer
from recognizer.forms import stray_parameter
from recognizer.models import Drawing

# The key under which an operation's own errors reach `with_errors`.
ERRORS = "x-errors"
Operation = TypeVar("Operation", bound=Callable[..., Any])

INK = {
    "application/json": StrokesSerializer,
    "multipart/form-data": ImageSerializer,
    "image/*": OpenApiTypes.BINARY,
    "application/octet-stream": OpenApiTypes.BINARY,
}
ERROR = {
    "type": "object",
    "description": "Every error: a sentence for people, and a word for programs.",
    "properties": {"error": {"type": "string"}, "code": {"type": "string"}},
    "required": ["error", "code"],
}
# Bodies with ink may have further members.
OPEN = {"StrokesRequest", "ImageRequest"}
PIXELS = OpenApiParameter("pixels", bool, description="Add the picture the network saw.")
WORDS = OpenApiParameter("words", bool, description="Add how the pages word it.")
PERSONAL = OpenApiParameter(
    "personal",
    bool,
    description="`0`: what the network says alone, not the way you write.",
)
PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`wait=N`: answer only when the drawing was read, or after N seconds (at most 5).",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": KEY_PATTERN},
    OpenApiParameter.HEADER,
    description="The same key twice makes one drawing. At most 200 characters.",
)
DAYS = "UTC, or in the time zone that the cookie `timezone` names."
HISTORY = [
    OpenApiParameter("digit", int, description="The answer, 0 to 9.", enum=list(range(10))),
    OpenApiParameter("state", str, enum=Drawing.Outcome.values),
    OpenApiParameter("from", OpenApiTypes.DATE, description=f"First day. {DAYS}"),
    OpenApiParameter("to", OpenApiTypes.DATE, description=f"Last day. {DAYS}"),
]
FORMAT = OpenApiParameter("type", str, enum=["csv", "jsonl", "zip"], required=True)
COUNT = "How many there are to see; 409 if they differ."
NATURAL = {"type": "integer", "minimum": 0}
EVERYTHING = [
    OpenApiParameter("all", str, enum=["true"], required=True),
    OpenApiParameter("count", NATURAL, required=True, description=COUNT),
]
DIFFERS = {409: "There are more drawings than `count`, or fewer. Nothing was changed."}
SEVERAL = {409: "There are several digits: of them nothing is explained."}
NO_MODEL = {503: "No model answers now, or too much is asked for at once."}
DELETION = [
    *HISTORY,
    OpenApiParameter("all", str, enum=["true"], description="Everything: in place of a filter."),
    OpenApiParameter("count", NATURAL, description=f"{COUNT} Required with `all`."),
]


def takes(
    *parameters: OpenApiParameter,
    body: Any = None,
    errors: Mapping[int, str] | None = None,
    **described: Any,
) -> Callable[..., Any]:
    """Declares an operation's parameters and body: for the OpenAPI description, and for its view,
    if that is a StrictView. `errors`: the statuses that it answers beside the common ones, with
    their meaning. `described` is passed to extend_schema."""
    query = {one.name: one for one in parameters if one.location == OpenApiParameter.QUERY}

    def declare(operation: Operation) -> Operation:
        operation.query = query  # type: ignore[attr-defined]
        operation.has_body = body is not None  # type: ignore[attr-defined]
        said = {ERRORS: {str(status): meaning for status, meaning in (errors or {}).items()}}
        describe = extend_schema(
            parameters=list(parameters), request=body, extensions=said, **described
        )
        return describe(operation)

    return declare


class StrictView(APIView):
    """Refuses parameters and bodies that its operations do not declare with `takes`, and empty
    parameters. Ignoring them could widen a request: perhaps to "delete everything"."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        operation = getattr(self, str(request.method).lower(), None)
        if operation is None:
            return  # a method that is not allowed
        declared: dict[str, OpenApiParameter] = getattr(operation, "query", {})
        self._refuse_parameters(request, {*declared, *self._page_names()})
        _refuse_values(request, declared)
        if _body_bytes(request):
            self._refuse_body(request, operation)

    def _refuse_body(self, request: Request, operation: Callable[..., Any]) -> None:
        """Raises the error for a body that must be refused, before it is read."""
        if not getattr(operation, "has_body", False):
            raise ValidationError("No body is taken here: what it says would be ignored.")
        encoding = request.headers.get("Content-Encoding", "identity").lower()
        if encoding != "identity":
            words = f"Content-Encoding “{encoding}” is not supported: send the body as it is."
            raise UnsupportedMediaType(encoding, detail=words)
        negotiator: Any = request.negotiator
        parser = negotiator.select_parser(request, request.parsers)
        if parser is None:
            raise UnsupportedMediaType(request.content_type)
        most = parser.most_bytes()
        if _body_bytes(request) > most:
            raise BodyTooLarge(f"The body is too large: at most {most:,} bytes are read.")

    def _page_names(self) -> set[str]:
        """The names of the pagination's parameters."""
        paginator = getattr(self, "paginator", None)
        if paginator is None or self.action != "list":  # type: ignore[attr-defined]
            return set()
        return {one["name"] for one in paginator.get_schema_operation_parameters(self)}

    def _refuse_parameters(self, request: Request, known: set[str]) -> None:
        stray = stray_parameter(request.query_params, known)
        if stray:
            raise ValidationError(stray)
        for name, value in request.query_params.items():
            if not str(value).strip():
                raise ValidationError(f"The parameter “{name}” is empty: leave it out.")


def _refuse_values(request: Request, declared: dict[str, OpenApiParameter]) -> None:
    """Raises ValidationError for a flag with an invalid value; views check all other parameters."""
    for name, value in request.query_params.items():
        if name in declared and declared[name].type is bool and value not in FLAG:
            raise ValidationError({name: f"It must be one of {', '.join(FLAG)}."})


def _body_bytes(request: Request) -> int:
    return int(request.META.get("CONTENT_LENGTH") or 0)


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Token ...`."""

    target_class = "recognizer.api.requests.authentication.TokenAuthentication"
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token `, then a token created on the account page.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The session's cookie."""

    target_class = "recognizer.api.requests.authentication.PageSession"
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def with_errors(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Adds the common error shape to each operation, forbids unknown members in bodies, and makes
    the body of a POST required. A postprocessing hook of drf-spectacular."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method == "post" and "requestBody" in operation:
                operation["requestBody"]["required"] = True
            for status, meaning in _errors_of(path, operation).items():
                operation["responses"].setdefault(status, _error(meaning))
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request") and name not in OPEN and "properties" in component:
            component["additionalProperties"] = False
    return result


def _errors_of(path: str, operation: dict[str, Any]) -> dict[str, str]:
    """The errors that this operation may answer with, by status."""
    errors: dict[str, str] = operation.pop(ERRORS, {})
    errors |= {
        "400": "The request cannot be understood.",
        "401": "Nobody is signed in, or the token is wrong.",
        "403": "Not allowed, or the CSRF token is missing.",
        "429": "Too many requests; Retry-After says how many seconds to wait.",
    }
    names = {one["name"] for one in operation.get("parameters", [])}
    if "{" in path or "cursor" in names:
        errors["404"] = "There is no such thing, or it is somebody else’s."
    if "requestBody" in operation:
        errors["408"] = "The body arrives too slowly."
        errors["413"] = "The body is too large."
        errors["415"] = "The body is of a kind that is not read here."
        if "image/*" in operation["requestBody"]["content"]:
            errors["503"] = "No model can answer, or too many pictures are read at once: try again."
    return errors


def _error(meaning: str) -> dict[str, Any]:
    shape = {"schema": {"$ref": "#/components/schemas/Error"}}
    return {"description": meaning, "content": {"application/json": shape}}
