"""Numbers through the site: live, by a worker, stored, shown, exported, from files."""

import csv
import io
import json

import pytest
from django.core.management import call_command
from django.test import Client, TestCase
from PIL import Image
from rest_framework.test import APIClient

from recognizer import registry
from recognizer.answers.stored import refresh
from recognizer.models import Drawing, Prediction
from recognizer.services import labelling
from recognizer.tasks import predict
from tests.browser.pointer import FORTY_TWO, LETTER_H, TOUCHING, Strokes
from tests.people import confirmed, drawn_by, register, signed_in
from tests.recognizer.images import encoded, written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
RECOGNIZE = "/api/recognize/"


def body(shape: Strokes) -> dict:
    strokes = [[[x * 280, y * 280] for x, y in stroke] for stroke in shape]
    return {"strokes": strokes, "width": 280, "height": 280}


@pytest.fixture
def shipped(db):
    return registry.register_shipped()


@pytest.fixture
def forty_two(shipped, anna) -> Drawing:
    """Anna's number, as a worker read it."""
    drawing = Drawing.objects.create(owner=anna, **body(FORTY_TWO))
    predict()
    drawing.refresh_from_db()
    return drawing


def live(shape: Strokes, client: APIClient | None = None) -> dict:
    return (client or APIClient()).post(RECOGNIZE, body(shape), format="json").json()


def test_a_number_is_read_live_with_the_place_of_each_digit(shipped):
    said = live(FORTY_TWO)
    assert (said["verdict"], said["digit"], said["number"]) == ("number", None, "42")
    assert [part["digit"] for part in said["parts"]] == [4, 2]
    assert set(said["parts"][0]) == {"digit", "confidence", "probabilities", "is_digit", "place"}
    left, top, width, height = said["parts"][1]["place"]
    xs, ys = zip(*FORTY_TWO[2], strict=True)
    assert (left, top) == pytest.approx((min(xs) * 280, min(ys) * 280), abs=0.01)
    assert (left + width, top + height) == pytest.approx((max(xs) * 280, max(ys) * 280), abs=0.01)


def test_a_number_is_read_the_way_its_writer_writes_its_digits(shipped, anna):
    client = APIClient()
    client.force_authenticate(anna)
    for _ in range(2):  # the network is sure that it is a 4
        four = Drawing.objects.create(owner=anna, **body(FORTY_TWO[:2]))
        with TestCase.captureOnCommitCallbacks(execute=True):
            labelling.label(drawing=four, author=anna, digit=9)
    said = live(FORTY_TWO, client)
    assert (said["number"], said["personal"]["alone"]["number"]) == ("92", "42")
    assert said["personal"]["exemplar"]["digit"] == 9
    assert live(FORTY_TWO)["number"] == "42"


def test_the_picture_of_a_number_is_of_the_whole(shipped):
    response = APIClient().post(f"{RECOGNIZE}?pixels=1", body(FORTY_TWO), format="json")
    assert len(response.json()["pixels"]) == 1048  # 28 x 28 in base64


def test_one_digit_has_no_number_and_no_parts(shipped):
    said = live(FORTY_TWO[:2])
    assert (said["verdict"], said["digit"], said["number"]) == ("digit", 4, None)
    assert (said["parts"], said["candidates"]) == ([], [])


@pytest.mark.parametrize(
    ("shape", "verdict"), [(LETTER_H, "not a digit"), (TOUCHING, "several")], ids=["H", "touching"]
)
def test_what_cannot_be_read_gets_a_word_and_no_digit(shipped, shape, verdict):
    said = live(shape)
    assert (said["verdict"], said["digit"], said["number"]) == (verdict, None, None)


def test_who_is_unsure_names_the_candidates(db):
    register(4, sure=0.4)
    said = live(FORTY_TWO[:2])
    assert (said["verdict"], said["digit"], said["candidates"][0]) == ("unsure", None, 4)


def test_a_number_in_an_image_is_placed_in_its_pixels(shipped):
    image = encoded(Image.fromarray(written(FORTY_TWO, size=(1200, 800))))
    said = APIClient().post(RECOGNIZE, image, content_type="image/png").json()
    assert said["number"] == "42"
    left, _, width, _ = said["parts"][1]["place"]
    assert 600 < left < left + width < 1200


def test_a_worker_keeps_the_number_and_its_parts(forty_two):
    prediction = Prediction.objects.get()
    assert (prediction.number, prediction.digit, prediction.verdict) == ("42", None, "number")
    assert [part["digit"] for part in prediction.parts] == [4, 2]
    assert forty_two.digit is None
    assert forty_two.outcome == "unlabelled"


def test_its_owner_finds_the_number_in_the_api(forty_two, anna):
    address = f"/api/drawings/{forty_two.pk}/"
    answer = signed_in(anna).get(address).json()["answer"]
    assert (answer["verdict"], answer["number"], len(answer["parts"])) == ("number", "42", 2)


def test_what_was_kept_says_what_was_said_live(forty_two, anna):
    kept = signed_in(anna).get(f"/api/drawings/{forty_two.pk}/").json()["answer"]
    said = live(FORTY_TWO)
    for name in ("verdict", "number", "confidence", "probabilities", "candidates", "parts"):
        assert kept[name] == said[name], name


def test_a_number_may_be_labelled_not_a_digit(forty_two, anna):
    labelling.label(drawing=forty_two, author=anna, digit=None)
    forty_two.refresh_from_db()
    assert forty_two.outcome == "right"


def test_a_new_champion_reads_the_number_again(forty_two, settings):
    settings.CHAMPION_CHECK_SECONDS = 0
    newest = register(3, origin="trained")
    registry.promote(newest)
    newest.refresh_from_db()
    refresh.answer_again(newest.pk, newest.refresh_below)
    forty_two.refresh_from_db()
    assert (forty_two.answer.model_version_id, forty_two.answer.number) == (newest.pk, "33")


@pytest.mark.parametrize("path", ["/", "/history/", "/drawings/{pk}/"])
def test_pages_show_the_number(forty_two, anna, path):
    page = signed_in(anna, Client).get(path.format(pk=forty_two.pk)).content.decode()
    assert "42" in page.replace(str(forty_two.created_at), "")
    assert "unlabelled" in page


def test_the_page_of_digits_that_touch_says_so(shipped, anna):
    drawing = Drawing.objects.create(owner=anna, **body(TOUCHING))
    predict()
    client = signed_in(anna, Client)
    assert "Several digits" in client.get(f"/drawings/{drawing.pk}/").content.decode()
    assert ">several digits</span>" in client.get("/history/").content.decode()


def test_an_export_names_the_number(forty_two, anna):
    response = confirmed(signed_in(anna)).get("/api/drawings/export/?type=csv")
    text = b"".join(response.streaming_content).decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["digit"], row["number"]) == ("", "42")


@pytest.mark.parametrize("number", ["042", "00"])
def test_a_number_keeps_its_first_noughts_in_a_spreadsheet(forty_two, anna, number):
    Prediction.objects.update(number=number)
    client = confirmed(signed_in(anna))
    text = b"".join(client.get("/api/drawings/export/?type=csv").streaming_content).decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert row["number"] == f"\t{number}"
    lines = b"".join(client.get("/api/drawings/export/?type=jsonl").streaming_content)
    assert json.loads(lines)["number"] == number


def test_files_are_answered_as_the_api_answers(shipped, tmp_path):
    shapes = [FORTY_TWO, FORTY_TWO[:2], TOUCHING, LETTER_H]
    (tmp_path / "ink.jsonl").write_text("\n".join(json.dumps(body(shape)) for shape in shapes))
    out = io.StringIO()
    call_command("recognize", str(tmp_path / "ink.jsonl"), stdout=out)
    for line, shape in zip(out.getvalue().splitlines(), shapes, strict=True):
        said, through_api = json.loads(line), live(shape)
        assert set(said) | {"personal"} == set(through_api)
        for name in ("verdict", "digit", "number", "candidates"):
            assert said[name] == through_api[name]
        assert [part["place"] for part in said["parts"]] == [
            part["place"] for part in through_api["parts"]
        ]


def test_an_answer_from_before_there_were_numbers_has_its_verdict(champion, anna):
    drawing = drawn_by(anna)
    Prediction.objects.update(digit=None, verdict="not a digit")
    drawing.answer.refresh_from_db()
    assert (drawing.answer.verdict, drawing.answer.parts) == ("not a digit", [])


def test_a_number_is_no_unsure_answer_in_the_history(forty_two, anna):
    assert not Drawing.objects.owned_by(anna).in_state(Drawing.Outcome.UNSURE).exists()
    assert Drawing.objects.owned_by(anna).in_state(Drawing.Outcome.UNLABELLED).get() == forty_two
