"""By API and token through the whole site: real web server, broker and worker."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.stack
INK = {"strokes": [[[40, 40], [160, 45], [110, 120], [90, 220]]], "width": 280, "height": 280}
TOKEN = """
from recognizer.models import ApiToken, Scope, User
user = User.objects.create_user({name!r}, password="a long passphrase")
print("token:", ApiToken.objects.create(user=user, name="test", scopes=Scope.values)[1])
"""
Call = Callable[..., tuple[int, dict]]


@pytest.fixture
def call(site, request) -> Call:
    """Asks the site's API as a user of this test's own."""
    made = site.run(TOKEN.format(name=request.node.name[:100]))
    token = made.partition("token: ")[2].strip()

    def call(method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict]:
        asked = Request(
            f"{site.url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Token {token}",
                "Content-Type": "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        try:
            with urlopen(asked, timeout=30) as response:
                return response.status, json.loads(response.read() or b"{}")
        except HTTPError as error:
            return error.code, json.loads(error.read())

    return call


def test_draw_be_recognised_look_back_correct_delete(call):
    status, live = call("POST", "recognize/", INK)
    assert (status, live["digit"]) == (200, 7)
    status, kept = call("POST", "drawings/", INK, Prefer="wait=5")
    assert (status, kept["answer"]["digit"], kept["outcome"]) == (201, 7, "unlabelled")
    path = f"drawings/{kept['id']}/"
    assert call("POST", f"{path}labels/", {"digit": 1})[1]["outcome"] == "wrong"
    [found] = call("GET", "drawings/?state=wrong")[1]["results"]
    assert found["id"] == kept["id"]
    assert [one["digit"] for one in call("GET", path)[1]["labels"]] == [1]
    assert call("DELETE", path)[0] == 204
    assert call("GET", path)[0] == 404


def test_a_token_that_was_revoked_is_refused_at_once_by_every_process(call, site):
    assert [call("POST", "recognize/", INK)[0] for _ in range(20)] == [200] * 20
    site.run("from recognizer.models import *; ApiToken.objects.all().delete()")
    assert [call("POST", "recognize/", INK)[0] for _ in range(20)] == [401] * 20


def test_a_body_in_chunks_is_read_up_to_the_limit(site):
    def send(chunks: list[bytes]) -> tuple[int, dict]:
        connection = HTTPConnection(site.url.removeprefix("http://"), timeout=30)
        kind = {"Content-Type": "application/json"}
        connection.request("POST", "/api/recognize/", iter(chunks), kind, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    body = json.dumps(INK).encode()
    status, answer = send([body[:20], body[20:]])
    assert (status, answer["digit"]) == (200, 7)
    assert send([b" " * 100_000] * 5)[0] == 413
    assert send([b" " * 1_000_000] * 9)[0] == 413


def test_the_same_key_from_many_clients_at_once_makes_one_drawing(call):
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: call("POST", "drawings/", INK, Idempotency_Key="one"), range(8))
        )
    assert {status for status, _ in answers} <= {200, 201, 202}
    assert len({answer["id"] for _, answer in answers}) == 1
    assert len(call("GET", "drawings/")[1]["results"]) == 1


def test_a_new_champion_answers_everywhere_without_a_restart(site, call):
    old = call("POST", "recognize/", INK)[1]["model_version"]
    with site.champion(3) as new:
        live = call("POST", "recognize/", INK)[1]
        kept = call("POST", "drawings/", INK, Prefer="wait=5")[1]["answer"]
    assert (live["digit"], live["model_version"]) == (3, new)
    assert (kept["digit"], kept["model_version"]) == (3, new)
    assert call("POST", "recognize/", INK)[1]["model_version"] == old
