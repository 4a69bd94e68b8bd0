"""The same request twice: an `Idempotency-Key` makes one drawing."""

import pytest
from rest_framework.test import APIClient

from recognizer.answers.stored import worker
from recognizer.models import Drawing
from tests.people import INK, signed_in
from tests.recognizer.images import encoded, seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
DRAWINGS = "/api/drawings/"


def post(client: APIClient, body: object = INK, **how: object):
    return client.post(DRAWINGS, body, format="json", **how)


def test_the_same_key_twice_makes_one_drawing(champion, api, broker, on_commit):
    with on_commit():
        first, again = (post(api, HTTP_IDEMPOTENCY_KEY="k-1") for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert Drawing.objects.count() == 1
    assert len(broker.tasks()) == 1


def test_the_same_key_finds_the_answer_given_meanwhile(champion, api):
    drawing = post(api, HTTP_IDEMPOTENCY_KEY="k-1").json()

    worker.answer([Drawing.objects.get(pk=drawing["id"])])
    again = post(api, HTTP_IDEMPOTENCY_KEY="k-1")
    assert (again.status_code, again.json()["answer"]["digit"]) == (200, 7)


@pytest.mark.parametrize("other", [INK | {"strokes": [[[1, 2], [3, 200]]]}, INK | {"width": 281}])
def test_the_same_key_with_other_ink_is_refused(champion, api, other):
    post(api, HTTP_IDEMPOTENCY_KEY="k-1")
    response = post(api, other, HTTP_IDEMPOTENCY_KEY="k-1")
    assert (response.status_code, response.json()["code"]) == (422, "key_reused")
    image = api.post(
        DRAWINGS, encoded(seven()), content_type="image/png", HTTP_IDEMPOTENCY_KEY="k-1"
    )
    assert image.status_code == 422
    assert Drawing.objects.count() == 1


def test_the_same_upload_twice_makes_one_drawing(champion, api):
    for _ in range(2):
        response = api.post(
            DRAWINGS, encoded(seven()), content_type="image/png", HTTP_IDEMPOTENCY_KEY="k-1"
        )
    assert response.status_code == 202
    assert Drawing.objects.count() == 1


def test_the_same_key_with_another_upload_is_refused(champion, api):
    codes = [
        api.post(DRAWINGS, content, content_type="image/png", HTTP_IDEMPOTENCY_KEY="k").status_code
        for content in (encoded(seven()), encoded(seven(300)), encoded(seven(), "BMP"))
    ]
    # The last has other bytes, but the same pixels.
    assert codes == [202, 422, 202]


def test_a_page_of_somebody_else_keeps_nothing(champion, anna, bert):
    session = signed_in(anna)
    refused = post(session, HTTP_X_PERSON=str(bert.pk))
    assert (refused.status_code, refused.json()["code"]) == (403, "other_person")
    assert not Drawing.objects.exists()
    assert post(session, HTTP_X_PERSON=str(anna.pk)).status_code == 202


def test_a_key_is_ones_own(champion, api, bert):
    post(api, HTTP_IDEMPOTENCY_KEY="k-1")
    post(signed_in(bert), HTTP_IDEMPOTENCY_KEY="k-1")
    assert Drawing.objects.count() == 2


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_that_is_none_is_refused(champion, api, key):
    response = post(api, HTTP_IDEMPOTENCY_KEY=key)
    assert response.status_code == 400
    assert "Idempotency-Key" in response.json()["error"]
    assert not Drawing.objects.exists()
