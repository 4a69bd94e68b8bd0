"""The API's documentation as an ordinary page, usable by keyboard and screen readers."""

import json
import re
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from recognizer.forms import takes_parameters

METHODS = ("get", "post", "put", "patch", "delete")


class Entry(NamedTuple):
    """A parameter, a field, a body or a response: what it is called, its kind, and what it means.
    `meaning` may name code between backticks."""

    name: str
    kind: str
    meaning: str
    required: bool = False


class Operation(NamedTuple):
    method: str
    path: str
    description: str
    parameters: list[Entry]
    bodies: list[Entry]
    responses: list[Entry]


class Schema(NamedTuple):
    """An object that bodies and responses name."""

    name: str
    fields: list[Entry]


class SharedSchema(SchemaGenerator):
    """The schema, generated once in each process: it is the same for everybody, and takes a tenth
    of a second."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        return _generated()


_generating = threading.Lock()


def _generated() -> dict[str, Any]:
    """The schema. drf-spectacular fails where several threads generate it at once."""
    with _generating:
        return _generate()


@cache
def _generate() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def _renders_once(renderer: type[BaseRenderer]) -> type[BaseRenderer]:
    """The renderer, which then keeps the rendered schema; errors it renders each time."""

    @cache
    def schema() -> Any:
        return renderer().render(_generated())

    def rendered(self: BaseRenderer, data: Any, *args: Any, **kwargs: Any) -> Any:
        if data is _generated():
            return schema()
        return renderer.render(self, data, *args, **kwargs)

    return type(renderer.__name__, (renderer,), {"render": rendered})


class SchemaView(SpectacularAPIView):
    """The schema as YAML or JSON."""

    permission_classes = [AllowAny]
    generator_class = SharedSchema
    renderer_classes = [_renders_once(one) for one in SpectacularAPIView.renderer_classes]


@require_safe
@takes_parameters()
def docs(request: HttpRequest) -> HttpResponse:
    """All operations, and the schemas of what they take and give."""
    return render(request, "recognizer/api_docs.html", {"operations": _operations()})


@cache
def _operations() -> str:
    """Rendered once in each process: they are the same for everybody, and take longer than any
    other page."""
    groups, schemas = _described()
    shown = {"groups": groups, "schemas": schemas}
    return render_to_string("recognizer/_api_operations.html", shown)


def _described() -> tuple[dict[str, list[Operation]], list[Schema]]:
    """The operations by the first word of their address, and the schemas."""
    # As JSON: descriptions may be lazy translations.
    described = json.loads(json.dumps(_generated(), default=str))
    groups: dict[str, list[Operation]] = {}
    for path, operations in described["paths"].items():
        for method in METHODS:
            if method in operations:
                word = path.removeprefix("/api/").split("/")[0]
                groups.setdefault(word, []).append(_operation(method, path, operations[method]))
    schemas = [
        Schema(name, list(_fields(name, one)))
        for name, one in described["components"]["schemas"].items()
    ]
    return groups, schemas


def _operation(method: str, path: str, said: dict[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        description=said.get("description", ""),
        parameters=[
            Entry(
                f"{one['name']} ({one['in']})",
                _kind(one["schema"]),
                one.get("description", ""),
                one.get("required", False),
            )
            for one in said.get("parameters", [])
        ],
        bodies=[
            Entry(content, _kind(one.get("schema", {})), "")
            for content, one in said.get("requestBody", {}).get("content", {}).items()
        ],
        responses=[
            Entry(status, _content(one), one.get("description", ""))
            for status, one in said["responses"].items()
        ],
    )


def _content(response: dict[str, Any]) -> str:
    return ", ".join(_kind(one.get("schema", {})) for one in response.get("content", {}).values())


def _fields(schema_name: str, schema: dict[str, Any]) -> Iterator[Entry]:
    # COMPONENT_SPLIT_REQUEST names what is sent so. A response has nearly all of its fields always.
    needed = schema.get("required", []) if schema_name.endswith("Request") else []
    for name, one in schema.get("properties", {}).items():
        yield Entry(name, _kind(one), _meaning(one), name in needed)
    if "properties" not in schema and _kind(schema) != "object":
        yield Entry("", _kind(schema), _meaning(schema))


def _meaning(schema: dict[str, Any]) -> str:
    """Its description, without the choices whose label repeats the value."""
    said = schema.get("description", "")
    return re.sub(r"^\* `(.+)` - \1$\n?", "", said, flags=re.MULTILINE).strip()


def _kind(schema: dict[str, Any]) -> str:
    """The kind of a value in words: "integer", "list of Label", "one of read, draw"."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for name in ("allOf", "oneOf", "anyOf"):
        if name in schema:
            return " or ".join(_kind(one) for one in schema[name])
    if "enum" in schema:
        return f"one of {', '.join(json.dumps(one) for one in schema['enum'])}"
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kinds = schema.get("type", "anything")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
