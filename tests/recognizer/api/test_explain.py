"""Why, by the API: anybody of ink, the owner of a drawing; nothing is kept."""

import base64
from contextlib import ExitStack

import numpy as np
import pytest
from django.conf import settings
from rest_framework.test import APIClient

from recognizer import registry
from recognizer.answers import explaining, serving
from recognizer.ink.image_files import decode
from recognizer.ink.rasterize import from_image
from recognizer.models import Drawing, Prediction
from recognizer.services import saving
from tests import networks
from tests.browser.pointer import FORTY_TWO
from tests.people import INK, SEVEN, drawn_by, register, signed_in
from tests.recognizer.images import encoded, png_of_a_seven, seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
EXPLAIN = "/api/explain/"


@pytest.fixture
def looking(db):
    """A champion that says 7 for ink at the top, and 1 where there is little."""
    weights = np.zeros((28, 28, 10))
    weights[:10, :, 7] = 0.001
    logits = np.full(10, -5.0)
    logits[[1, 7]] = 4.5, 0
    return registry.register(
        onnx=networks.linear(weights, logits),
        safetensors=b"weights",
        manifest=networks.MANIFEST,
        origin="shipped",
    )


@pytest.fixture
def shipped(db):
    """The champion that ships."""
    return registry.register_shipped()


def post(client: APIClient, body: object = INK, **how: object):
    return client.post(EXPLAIN, body, format="json", **how)


def test_only_so_many_answers_are_explained_at_once(shipped):
    """A scribble of many points takes long, and many addresses may send it."""
    with ExitStack() as explained:
        for _ in range(settings.WEB_THREADS // 4):
            explained.enter_context(explaining._places.one(""))
        refused = post(APIClient())
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert refused["Retry-After"] == "2"
        assert APIClient().post("/api/recognize/", INK, format="json").status_code == 200
    for _ in range(settings.WEB_THREADS):
        assert post(APIClient()).status_code == 200


def test_a_visitor_learns_why(looking):
    response = post(APIClient())
    assert response.status_code == 200
    said = response.json()
    assert set(said) == {"answer", "digit", "sentence", "pieces", "runner_up"}
    live = APIClient().post("/api/recognize/?pixels=1", INK, format="json").json()
    assert set(said["answer"]) == set(live)
    for name in ("digit", "model_version", "pixels"):
        assert said["answer"][name] == live[name]
    assert said["answer"]["probabilities"] == pytest.approx(live["probabilities"], abs=1e-5)
    assert said["digit"] == 7
    assert "Read as 7" in said["sentence"]
    assert not Drawing.objects.exists()


def test_several_digits_have_no_one_reason(shipped):
    strokes = [[[x * 280, y * 280] for x, y in stroke] for stroke in FORTY_TWO]
    response = post(APIClient(), {"strokes": strokes, "width": 280, "height": 280})
    assert response.status_code == 409
    assert response.json()["code"] == "several_digits"
    assert "one of them alone" in response.json()["error"]


def test_pieces_lie_on_the_strokes_with_their_weights(looking):
    pieces = post(APIClient()).json()["pieces"]
    assert len(pieces) >= 20
    assert pieces[0]["points"][0] == SEVEN[0][0]
    assert pieces[-1]["points"][-1] == SEVEN[0][-1]
    for piece in pieces:
        assert set(piece) == {"stroke", "points", "weight", "runner_up_weight"}
        assert -1 <= piece["weight"] <= 1 and -1 <= piece["runner_up_weight"] <= 1
    assert pieces[1]["weight"] > 0.1 > pieces[-1]["weight"]


def test_without_what_it_names_the_runner_up_is_the_answer(looking):
    said = post(APIClient()).json()
    rival = said["runner_up"]
    assert (rival["digit"], rival["probability"]) == (1, said["answer"]["probabilities"][1])
    change = rival["change"]
    kept = [p["points"] for n, p in enumerate(said["pieces"]) if n not in change["leave_out"]]
    read = APIClient().post("/api/recognize/", INK | {"strokes": kept}, format="json").json()
    assert int(np.argmax(read["probabilities"])) == 1
    assert read["digit"] == change["digit"]
    assert 0 < change["share"] <= 0.4


def test_where_nothing_left_out_changes_it_the_change_is_null(champion):
    rival = post(APIClient()).json()["runner_up"]
    assert rival["change"] is None
    assert rival["sentence"].startswith("None of the parts that were tried")


def test_an_image_is_explained_in_squares_of_what_the_network_saw(looking):
    with png_of_a_seven() as file:
        said = APIClient().post(EXPLAIN, {"image": file}, format="multipart").json()
    seen = np.frombuffer(base64.b64decode(said["answer"]["pixels"]), np.uint8).reshape(28, 28)
    assert np.array_equal(seen, from_image(decode(encoded(seven())), version=1))
    for piece in said["pieces"]:
        x, y, width, height = piece["square"]
        assert seen[y : y + height, x : x + width].any()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_strokes"),
        (INK | {"strokes": []}, "bad_strokes"),
        (INK | {"strokes": "7"}, "bad_strokes"),
        (INK | {"strokes": [[[1, float("1e9")]]]}, "bad_strokes"),
        (INK | {"width": -1}, "bad_strokes"),
        (INK | {"image": "no file"}, "bad_strokes"),
        ({"image": "no file"}, "invalid"),
    ],
)
def test_bad_ink_is_refused_in_words(champion, body, code):
    response = post(APIClient(), body)
    assert response.status_code == 400
    assert response.json()["code"] == code


def test_blank_and_broken_images_are_refused_in_words(champion):
    blank = encoded(seven().point(lambda _: 255))
    for content, code in [(blank, "no_ink"), (b"no picture", "unsupported_image")]:
        response = APIClient().post(EXPLAIN, content, content_type="image/png")
        refused = response.json()
        assert (refused["code"], response.status_code // 100) == (code, 4)


def test_without_a_model_it_says_so(db, anna):
    assert post(APIClient()).status_code == 503
    drawing = drawn_by(anna, answered=False)
    assert signed_in(anna).get(f"/api/drawings/{drawing.pk}/why/").status_code == 503


def test_it_has_a_rate_of_its_own(champion, set_rate, anna):
    set_rate("explain", 2)
    client, drawing = signed_in(anna), drawn_by(anna)
    url = f"/api/drawings/{drawing.pk}/"
    codes = [post(client).status_code, client.get(f"{url}why/").status_code]
    assert [*codes, post(client).status_code] == [200, 200, 429]
    assert client.get(url).status_code == 200


def test_an_owner_learns_why_of_a_kept_drawing(looking, anna):
    drawing = drawn_by(anna)
    said = signed_in(anna).get(f"/api/drawings/{drawing.pk}/why/").json()
    assert (said["digit"], said["answer"]["model_version"]) == (7, looking.pk)
    assert said["pieces"] == post(APIClient()).json()["pieces"]
    assert Prediction.objects.count() == 1


def test_an_owner_learns_why_of_an_upload(looking, anna):
    drawing, _ = saving.keep_image(owner=anna, content=encoded(seven()))
    said = signed_in(anna).get(f"/api/drawings/{drawing.pk}/why/").json()
    assert all("square" in piece for piece in said["pieces"])


def test_the_model_that_answers_now_explains(looking, anna):
    drawing = drawn_by(anna)
    newer = register(4, origin="trained")
    registry.promote(newer)
    serving.model_cache.expire()
    said = signed_in(anna).get(f"/api/drawings/{drawing.pk}/why/").json()
    assert (said["digit"], said["answer"]["model_version"]) == (4, newer.pk)
