"""No part of a request is ignored: parameters and bodies that an operation does not declare are
refused, whichever operation it is."""

from collections.abc import Iterator

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.views import APIView

from recognizer.api.requests.schema import StrictView
from recognizer.forms import stray_parameter
from tests.people import drawn_by, signed_in

PLACES = {
    "{id}": "1",
    "{drawing_id}": "1",
    "{public_id}": "00000000-0000-4000-8000-000000000000",
}


def _operations() -> Iterator[tuple[str, str, dict]]:
    described = SchemaGenerator().get_schema(request=None, public=True)
    for path, operations in described["paths"].items():
        for place, value in PLACES.items():
            path = path.replace(place, value)
        for method, operation in operations.items():
            yield method, path, operation


OPERATIONS = list(_operations())
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]


def _query_names(operation: dict) -> list[str]:
    return [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]


def _views(patterns: list[URLPattern | URLResolver]) -> Iterator[type]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _views(one.url_patterns)
        else:
            yield getattr(one.callback, "cls", None)


def test_every_view_of_the_api_is_strict():
    ours = {
        view
        for view in _views(get_resolver().url_patterns)
        if view and issubclass(view, APIView) and not issubclass(view, SpectacularAPIView)
    }
    assert len(ours) > 8
    assert all(issubclass(view, StrictView) for view in ours), ours


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_unknown_parameters_are_refused_with_the_names_that_exist(
    broker, reviewer, method, path, operation
):
    response = getattr(signed_in(reviewer), method)(f"{path}?nonsense=1")

    assert response.status_code == 400
    said = response.json()["error"]
    assert said.startswith("There is no parameter “nonsense” here;")
    assert all(name in said for name in _query_names(operation))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ((), "none is taken."),
        (("words",), "the only one is words."),
        (("words", "digit"), "there are digit, words."),
    ],
)
def test_the_names_that_exist_are_told_as_many_as_they_are(known, words):
    said = stray_parameter(QueryDict("wait=1"), known)
    assert said == f"There is no parameter “wait” here; {words}"


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_empty_and_repeated_parameters_are_refused(broker, reviewer, method, path, operation):
    send = getattr(signed_in(reviewer), method)
    for name in _query_names(operation):
        empty, twice = send(f"{path}?{name}="), send(f"{path}?{name}=1&{name}=2")
        assert (empty.status_code, twice.status_code) == (400, 400)
        assert f"“{name}” is empty" in empty.json()["error"]
        assert f"“{name}” is given more than once" in twice.json()["error"]


BODYLESS = [one for one in OPERATIONS if "requestBody" not in one[2]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "operation"), BODYLESS, ids=[f"{one[0]} {one[1]}" for one in BODYLESS]
)
def test_unexpected_bodies_are_refused(broker, reviewer, method, path, operation):
    response = signed_in(reviewer).generic(
        method.upper(), path, b'{"digit": 1}', content_type="application/json"
    )

    assert response.status_code == 400
    assert response.json()["error"].startswith("No body is taken here")


WITH_BODY = [
    one
    for one in OPERATIONS
    if "application/json" in one[2].get("requestBody", {}).get("content", {})
]
IN_LENGTH = pytest.mark.parametrize(
    ("method", "path", "operation"), WITH_BODY, ids=[f"{one[0]} {one[1]}" for one in WITH_BODY]
)


@pytest.mark.django_db
@IN_LENGTH
@pytest.mark.parametrize("length", [400_001, 1_500_000])
def test_json_over_the_limit_is_refused(broker, reviewer, method, path, operation, length):
    response = signed_in(reviewer).generic(
        method.upper(), path, b" " * length, content_type="application/json"
    )
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert "400,000" in response.json()["error"]


@pytest.mark.django_db
def test_a_form_over_the_limit_is_refused(reviewer):
    client = Client(enforce_csrf_checks=True)  # who checks reads the form
    client.force_login(reviewer)
    client.get("/history/")
    kind = "application/x-www-form-urlencoded"
    response = client.post("/accounts/login/", b"a=" + b"b" * 1_500_000, content_type=kind)
    assert response.status_code == 413
    assert "too large" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/", "/api/drawings/"])
def test_options_is_no_method_here(broker, reviewer, path):
    assert signed_in(reviewer).options(path).status_code == 405


PAGES = [
    "/history/",
    "/history/export/",
    "/history/delete/",
    "/history/import/",
    "/usage/",
    "/review/",
    "/review/grid/",
    "/runs/",
    "/versions/",
    "/dashboard/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_pages_that_list_refuse_unknown_parameters(reviewer, page):
    for query in ("nonsense=1", "nonsense="):
        response = signed_in(reviewer, Client).get(f"{page}?{query}")
        assert response.status_code == 400
        assert "There is no parameter “nonsense” here" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("size", ["0", "101", "-1", "x", "1.0", "²"])
def test_a_page_size_that_is_none_is_refused(broker, api, size):
    response = api.get(f"/api/drawings/?page_size={size}")
    assert response.status_code == 400
    assert "1 to 100" in response.json()["error"]


@pytest.mark.django_db
def test_a_flag_is_on_or_off(broker, champion, api, anna):
    drawn_by(anna)
    for value, on in (("1", True), ("true", True), ("0", False), ("false", False)):
        [found] = api.get(f"/api/drawings/?words={value}").json()["results"]
        assert ("words" in found) == on
    refused = api.get("/api/drawings/?words=perhaps")
    assert (refused.status_code, refused.json()["error"]) == (
        400,
        "words: It must be one of true, 1, false, 0.",
    )


@pytest.mark.django_db
def test_an_unknown_name_in_a_body_is_refused(broker, champion, api, anna):
    address = f"/api/drawings/{drawn_by(anna).pk}/labels/"
    refused = api.post(address, {"digits": 7}, format="json")
    words = "digits: It is not known here; the only one is digit."
    assert (refused.status_code, refused.json()["error"]) == (400, words)


@pytest.mark.django_db
def test_of_very_many_unknown_names_the_first_are_told(broker, champion, api, anna):
    address = f"/api/drawings/{drawn_by(anna).pk}/labels/"
    said = api.post(address, {f"a{n}": 7 for n in range(30_000)}, format="json").json()["error"]
    assert said.startswith("a0: ") and "a9: " in said and len(said) < 1_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "body", "name"),
    [
        ("/api/drawings/selected/", {"act": "delete", "drawings": [0]}, "drawings"),
        ("/api/tokens/", {"name": "x", "scopes": ["nonsense"]}, "scopes"),
        ("/api/review/claims/", {"drawings": [0]}, "drawings"),
        ("/api/review/many/", {"drawings": [0], "confirm": True}, "drawings"),
    ],
)
def test_of_a_list_that_is_too_long_no_item_is_checked(broker, reviewer, address, body, name):
    body |= {name: body[name] * 20_000}
    said = signed_in(reviewer).post(address, body, format="json").json()["error"]
    assert said.startswith(f"{name}: Ensure this field has no more than ") and len(said) < 100


@pytest.mark.django_db
def test_the_page_of_the_api_refuses_unknown_parameters(broker, reviewer):
    response = signed_in(reviewer, Client).get("/api/docs/?nonsense=1")
    assert response.status_code == 400
    assert "There is no parameter “nonsense” here" in response.json()["error"]
