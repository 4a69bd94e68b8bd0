"""The API's description of itself."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from django.core.management import call_command
from rest_framework.test import APIClient

from recognizer.api import docs

ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the command writes; it fails on a warning and on what OpenAPI does not allow."""
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command(
        "spectacular", fail_on_warn=True, validate=True, format="openapi-json", file=str(file)
    )
    return json.loads(file.read_text())


def test_tokens_and_sessions_are_ways_to_sign_in(described):
    schemes = described["components"]["securitySchemes"]

    assert schemes["tokenAuth"]["in"] == "header"
    assert schemes["tokenAuth"]["name"] == "Authorization"
    assert schemes["cookieAuth"] == {"type": "apiKey", "in": "cookie", "name": "sessionid"}
    for path in ("/api/recognize/", "/api/drawings/"):
        security = described["paths"][path]["post"]["security"]
        assert {"tokenAuth": []} in security and {"cookieAuth": []} in security


def test_what_is_posted_needs_a_body(described):
    posts = [one["post"] for one in described["paths"].values() if "post" in one]
    bodies = [one["requestBody"] for one in posts if "requestBody" in one]
    assert len(bodies) > 5 and all(body["required"] for body in bodies)


def test_every_operation_says_how_it_fails(described):
    for path, operations in described["paths"].items():
        for operation in operations.values():
            expected = {"400", "401", "403", "429"}
            names_one = "{" in path or path.endswith("/selected/")
            expected |= {"404"} if names_one or _is_paged(operation) else set()
            expected |= {"408", "413", "415"} if "requestBody" in operation else set()
            failures = {code for code in operation["responses"] if code.startswith("4")}
            own = {"409", "422"} & failures
            assert failures == expected | own
            assert all(operation["responses"][code]["content"] == ERROR for code in failures)


def _is_paged(operation: dict) -> bool:
    return any(one["name"] == "cursor" for one in operation.get("parameters", []))


@pytest.mark.django_db
def test_errors_have_the_shape_that_is_described(described):
    shape = described["components"]["schemas"]["Error"]

    answer = APIClient().get("/api/account/")

    assert answer.status_code == 401
    assert set(answer.json()) == set(shape["properties"]) == set(shape["required"])


def test_it_is_served_as_the_command_writes_it(described, client):
    accepts = {"headers": {"Accept": "application/vnd.oai.openapi+json"}}
    assert json.loads(client.get("/api/schema/", **accepts).content) == described
    assert yaml.safe_load(client.get("/api/schema/").content) == described


def test_of_many_first_requests_one_generates_it():
    docs._generate.cache_clear()
    ready = threading.Barrier(4)

    def generated(_: int) -> int:
        ready.wait(10)
        return id(docs.SharedSchema().get_schema())

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(generated, range(4)))) == 1


@pytest.mark.parametrize("kind", ["openapi", "openapi+json"])
def test_it_is_rendered_once_since_anybody_may_ask_again_and_again(client, kind):
    accepts = {"headers": {"Accept": f"application/vnd.oai.{kind}"}}
    first, second = (client.get("/api/schema/", **accepts) for _ in range(2))
    assert first.content is second.content


def test_an_error_at_its_address_is_no_schema(client, set_rate):
    set_rate("default", 1)
    answers = [client.get("/api/schema/") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert yaml.safe_load(answers[1].content)["code"] == "throttled"


@pytest.mark.django_db
def test_the_page_renders_the_operations_once_and_the_rest_for_its_reader(client):
    for host in ("testserver", "localhost"):
        response = client.get("/api/docs/", headers={"Host": host})
        page = response.content.decode()
        assert f"curl http://{host}/api/recognize/" in page
        assert '<details class="operation" id="schema-Drawing">' in page
    assert "recognizer/_api_parts.html" not in {one.name for one in response.templates}
