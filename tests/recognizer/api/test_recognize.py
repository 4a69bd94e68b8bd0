"""Live recognition: anybody may ask, nothing is kept."""

import base64

import numpy as np
import pytest
from rest_framework.test import APIClient

from recognizer.ink import rasterize, strokes
from recognizer.limits.throttles import Bundles, WindowThrottle
from recognizer.models import Drawing
from tests.people import INK, SEVEN, register, signed_in
from tests.recognizer.images import png_of_a_seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
RECOGNIZE = "/api/recognize/"


def post(client: APIClient, body: object = INK, **how: object):
    return client.post(RECOGNIZE, body, format="json", **how)


def test_a_visitor_is_answered(champion):
    response = post(APIClient())
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {
        "verdict",
        "digit",
        "number",
        "confidence",
        "probabilities",
        "is_digit",
        "candidates",
        "parts",
        "personal",
        "model_version",
        "milliseconds",
    }
    assert (answer["digit"], answer["model_version"]) == (7, champion.pk)
    assert len(answer["probabilities"]) == 10
    assert not Drawing.objects.exists()


def test_the_owner_of_a_session_and_of_a_token_are_answered(champion, anna, api):
    assert post(signed_in(anna)).json()["digit"] == 7
    assert post(api).json()["digit"] == 7


def test_a_session_needs_its_csrf_token(champion, anna):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(anna)
    response = post(client)
    assert response.status_code == 403
    assert "CSRF" in response.json()["error"]


def test_the_picture_the_network_saw_comes_when_asked_for(champion):
    response = APIClient().post(f"{RECOGNIZE}?pixels=1", INK, format="json")
    seen = np.frombuffer(base64.b64decode(response.json()["pixels"]), np.uint8).reshape(28, 28)
    assert np.array_equal(
        seen, rasterize.from_strokes(strokes.parse(SEVEN, width=280, height=280), version=1)
    )


def test_an_image_as_a_file(champion):
    with png_of_a_seven() as file:
        response = APIClient().post(RECOGNIZE, {"image": file}, format="multipart")
    assert response.json()["digit"] == 7


@pytest.mark.parametrize(
    "said", ["image/png", "image/jpg", "image/jpeg", "application/octet-stream", ""]
)
def test_an_image_as_the_body_whatever_its_sender_takes_it_for(champion, said):
    with png_of_a_seven() as file:
        response = APIClient().generic("POST", RECOGNIZE, file.read(), content_type=said)
    assert response.json()["digit"] == 7


def test_no_digit_where_the_model_abstains(db):
    register(7, is_digit=0.2)
    assert post(APIClient()).json()["digit"] is None


def test_without_a_model_it_says_so(db):
    response = post(APIClient())
    assert response.status_code == 503
    assert response.json()["code"] == "no_model"


def test_a_wrong_token_is_refused(champion):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token digit_wrong")
    response = post(client)
    assert response.status_code == 401
    assert response.json() == {"error": "Invalid token.", "code": "authentication_failed"}


@pytest.mark.parametrize("header", [b"Token \xff\xfe", b"Token", b"Token a b"])
def test_a_broken_token_is_refused(champion, header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert post(client).status_code == 401


@pytest.fixture
def slow_rate(set_rate):
    set_rate("live", 2)


def test_too_many_requests_are_refused_by_user(champion, slow_rate, anna, bert):
    anna_s, bert_s = signed_in(anna), signed_in(bert)
    assert [post(anna_s).status_code for _ in range(3)] == [200, 200, 429]
    assert post(bert_s).status_code == 200
    refused = post(anna_s)
    assert refused.json()["code"] == "throttled"
    assert 0 < int(refused["Retry-After"]) <= 86_400


def test_too_many_requests_are_refused_by_address(champion, slow_rate):
    here = [post(APIClient(), REMOTE_ADDR="10.0.0.1").status_code for _ in range(3)]
    assert here == [200, 200, 429]
    assert post(APIClient(), REMOTE_ADDR="10.0.0.2").status_code == 200


def test_whoever_has_an_ipv6_network_is_counted_once(champion, slow_rate):
    addresses = [f"2001:db8::{number}" for number in range(3)]
    here = [post(APIClient(), REMOTE_ADDR=address).status_code for address in addresses]
    assert here == [200, 200, 429]


def test_requests_counted_ahead_are_not_too_many(champion, set_rate, anna):
    set_rate("live", 300)
    client = signed_in(anna)
    codes = [post(client).status_code for _ in range(100)]
    WindowThrottle._bundles = Bundles()  # another process
    codes += [post(client).status_code for _ in range(210)]
    # The first process had counted 102, three at a time, and let 100 through.
    assert (codes.count(200), codes[-1]) == (298, 429)


def test_without_a_broker_it_still_answers(champion, no_broker):
    assert post(APIClient()).json()["digit"] == 7
