"""What the OpenAPI description says of requests that the code reads by itself."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from recognizer.api.serializers import ImageSerializer, StrokesSerializer
from recognizer.models import Drawing

INK = {
    "application/json": StrokesSerializer,
    "multipart/form-data": ImageSerializer,
    "image/*": OpenApiTypes.BINARY,
}
ERROR = inline_serializer(
    "Error", {"error": serializers.CharField(), "code": serializers.CharField()}
)
PIXELS = OpenApiParameter("pixels", bool, description="Add the picture the network saw.")
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
    OpenApiParameter("state", str, enum=Drawing.State.values),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day, UTC."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, UTC."),
]
FORMAT = OpenApiParameter("type", str, enum=["csv", "jsonl", "zip"], required=True)
