"""Drawings through the API: the owner, a stranger, nobody."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIClient

from recognizer.answers import serving
from recognizer.api.parameters import seconds_to_wait
from recognizer.api.serializers.base import represent
from recognizer.api.serializers.drawings import DrawingSerializer
from recognizer.api.views.drawings import _awaited
from recognizer.ink.image_files import decode
from recognizer.models import Drawing, Label
from recognizer.services import deleting, labelling
from tests.people import INK, drawn_by, register
from tests.recognizer.images import encoded, seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
DRAWINGS = "/api/drawings/"


def post(client: APIClient, body: object = INK, **how: object):
    return client.post(DRAWINGS, body, format="json", **how)


def address(drawing: Drawing, tail: str = "") -> str:
    return f"{DRAWINGS}{drawing.pk}/{tail}"


# Keeping ----------------------------------------------------------------------------------------


def test_a_drawing_is_kept_and_a_worker_asked(champion, api, anna, broker, on_commit):
    with on_commit():
        response = post(api)
    assert response.status_code == 202
    drawing = Drawing.objects.get()
    assert response["Location"].endswith(address(drawing))
    assert type(response["Location"]) is str  # runserver refuses a subclass
    assert (drawing.owner, drawing.strokes, drawing.width) == (anna, INK["strokes"], 280)
    assert response.json()["outcome"] == "waiting"
    assert response.json()["answer"] is None
    assert broker.tasks() == [("recognizer.predict", [])]


def test_times_and_pressure_are_kept(champion, api):
    strokes = [[[10, 10, 0, 0.25], [20, 200, 31.5, 0.75]]]
    post(api, INK | {"strokes": strokes})
    assert Drawing.objects.get().strokes == strokes


@pytest.mark.parametrize(("kind", "side", "kept"), [("PNG", 200, 200), ("JPEG", 5_000, 2_500)])
def test_of_an_upload_the_pixels_are_kept_that_are_read(champion, api, kind, side, kept):
    content = encoded(seven(side), kind)
    response = api.post(DRAWINGS, content, content_type=f"image/{kind.lower()}")
    assert response.status_code == 202
    assert response.json()["kind"] == "upload"
    drawing = Drawing.objects.get()
    assert (drawing.width, drawing.height) == (kept, kept)
    png = bytes(drawing.upload.content)
    assert png.startswith(b"\x89PNG") and png != content
    assert np.array_equal(decode(png), decode(content))


def test_a_stored_upload_holds_nothing_of_who_took_it_where(champion, api):
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    file = io.BytesIO()
    seven().save(file, "JPEG", exif=exif, comment=b"at home")
    assert api.post(DRAWINGS, file.getvalue(), content_type="image/jpeg").status_code == 202
    content = bytes(Drawing.objects.get().upload.content)
    assert b"a camera" not in content and b"at home" not in content


def test_nobody_keeps_nothing(champion):
    response = post(APIClient())
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert not Drawing.objects.exists()


def test_without_a_broker_it_is_kept_all_the_same(champion, api, no_broker, on_commit, caplog):
    with on_commit():
        response = post(api, HTTP_PREFER="wait=1")
    assert response.status_code == 202
    assert Drawing.objects.waiting().exists()
    assert len([one for one in caplog.records if "waits for the sweep" in one.message]) == 1


def test_waiting_ends_with_the_time_asked_for(champion, api):
    assert post(api, HTTP_PREFER="wait=0").status_code == 202


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=3", 3),
        ("respond-async, wait=2", 2),
        ("wait=60", 5),
        ("wait=999999", 5),
        ("wait=-1", 0),
        ("wait=x", 0),
        ("await=3", 0),
    ],
)
def test_a_request_waits_as_long_as_it_asks_but_no_longer_than_five_seconds(prefer, seconds):
    request = Request(RequestFactory().post(DRAWINGS, headers={"Prefer": prefer}))
    assert seconds_to_wait(request) == seconds


def test_a_drawing_deleted_while_its_request_waits_is_not_found(champion, api, anna):
    drawing = drawn_by(anna, answered=False)
    gone = Drawing.objects.get(pk=drawing.pk)
    drawing.delete()
    with pytest.raises(NotFound):
        _awaited(gone, 0)


@pytest.mark.parametrize("prefer", ["wait=-1", "wait=x", "wait", "return=minimal", "wait=1.5"])
def test_a_preference_that_is_none_is_ignored(champion, api, prefer):
    assert post(api, HTTP_PREFER=prefer).status_code == 202


# Looking ----------------------------------------------------------------------------------------


def test_one_sees_ones_own_newest_first(champion, api, anna, bert):
    older, newer, _ = drawn_by(anna), drawn_by(anna), drawn_by(bert)
    found = api.get(DRAWINGS).json()["results"]
    assert [one["id"] for one in found] == [newer.pk, older.pk]
    assert found[0]["answer"]["digit"] == 7


def test_a_list_asks_the_database_no_more_for_more_drawings(champion, api, anna):
    drawn_by(anna)
    api.get(DRAWINGS)  # notes that the token was used
    with CaptureQueriesContext(connection) as few:
        api.get(DRAWINGS)
    for _ in range(10):
        drawn_by(anna)
    with CaptureQueriesContext(connection) as many:
        api.get(DRAWINGS)
    assert len(many) == len(few)


def test_pages_follow_the_cursor(champion, api, anna):
    drawings = [drawn_by(anna, answered=False).pk for _ in range(5)]
    page = api.get(f"{DRAWINGS}?page_size=2").json()
    seen = [one["id"] for one in page["results"]]
    while page["next"]:
        page = api.get(page["next"]).json()
        seen += [one["id"] for one in page["results"]]
    assert seen == drawings[::-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("digit=7", {"right", "wrong", "new"}),
        ("digit=1", set()),
        ("state=right", {"right"}),
        ("state=wrong", {"wrong"}),
        ("state=unsure", {"unsure"}),
        ("state=unlabelled", {"new", "unsure"}),
        ("digit=7&state=wrong", {"wrong"}),
        ("from=2000-01-01", {"right", "wrong", "new", "unsure"}),
        ("to=2000-01-01", set()),
    ],
)
def test_filters(champion, api, anna, query, found):
    drawings = {"right": drawn_by(anna), "wrong": drawn_by(anna), "new": drawn_by(anna)}
    register(7, is_digit=0.1)

    serving.model_cache.expire()
    drawings["unsure"] = drawn_by(anna)
    labelling.label(drawing=drawings["right"], author=anna, digit=7)
    labelling.label(drawing=drawings["wrong"], author=anna, digit=2)
    ids = {one["id"] for one in api.get(f"{DRAWINGS}?{query}").json()["results"]}
    assert ids == {drawings[name].pk for name in found}


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("digit=10", "digit"),
        ("digit=-1", "digit"),
        ("digit=x", "digit"),
        ("state=odd", "state"),
        ("from=yesterday", "from"),
        ("from=2026-02-01&to=2026-01-01", "first day"),
        ("cursor=nonsense", "cursor"),
    ],
)
def test_a_filter_that_is_none_is_refused(champion, api, query, word):
    response = api.get(f"{DRAWINGS}?{query}")
    assert response.status_code in (400, 404)
    assert word in response.json()["error"]


def test_one_drawing_tells_all(champion, api, anna):
    drawing = drawn_by(anna)
    told = api.get(address(drawing)).json()
    assert told["strokes"] == INK["strokes"]
    assert [one["model_version"] for one in told["predictions"]] == [champion.pk]
    assert told["labels"] == []


def test_a_label_for_a_drawing_that_is_gone_is_told_in_a_sentence(champion, api, anna):
    drawing = drawn_by(anna)
    api.delete(address(drawing))
    response = api.post(address(drawing, "labels/"), {"digit": 7}, format="json")
    assert response.status_code == 404
    assert response.json()["error"].startswith("It is not there: it was deleted,")


@pytest.mark.parametrize("pk", ["0", "999999", "x", "9" * 30, "-1"])
def test_an_address_without_a_drawing(champion, api, pk):
    response = api.get(f"{DRAWINGS}{pk}/")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


# Saying what it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(("digit", "outcome"), [(7, "right"), (0, "wrong"), (None, "wrong")])
def test_the_owner_says_what_it_is(champion, api, anna, digit, outcome):
    drawing = drawn_by(anna)
    response = api.post(address(drawing, "labels/"), {"digit": digit}, format="json")
    assert response.status_code == 201
    assert response.json()["outcome"] == outcome
    assert response.json()["label"]["digit"] == digit
    assert Label.objects.get().author == anna


@pytest.mark.parametrize("body", [{"digit": d} for d in (10, -1, "x", "7", True, 7.0, [7])] + [{}])
def test_a_label_that_is_none_is_refused(champion, api, anna, body):
    drawing = drawn_by(anna)
    response = api.post(address(drawing, "labels/"), body, format="json")
    assert response.status_code == 400
    assert response.json()["error"].startswith("digit:")
    assert not Label.objects.exists()


def test_the_owner_takes_back_what_they_said(champion, api, anna):
    drawing = drawn_by(anna)
    api.post(address(drawing, "labels/"), {"digit": 1}, format="json")
    response = api.delete(address(drawing, "labels/") + "?words=1")
    assert response.status_code == 200
    assert response.json()["label"] is response.json()["owner_label"] is None
    assert response.json()["words"]["state"] == "unlabelled"
    told = api.get(address(drawing)).json()["labels"]
    assert [(one["digit"], one["withdrawn"]) for one in told] == [(None, True), (1, False)]


# Deleting and exporting -------------------------------------------------------------------------


def test_the_owner_deletes_it_with_all_that_was_said(champion, api, anna):
    drawing = drawn_by(anna)
    api.post(address(drawing, "labels/"), {"digit": 7}, format="json")
    assert api.delete(address(drawing)).status_code == 204
    assert not Drawing.objects.exists()


def test_what_the_filter_lets_through_is_deleted(champion, api, anna, bert):
    drawn_by(anna)
    drawn_by(bert)
    assert api.post(f"{DRAWINGS}delete/?digit=1").json() == {"deleted": 0}
    assert api.post(f"{DRAWINGS}delete/?digit=10").status_code == 400
    assert api.post(f"{DRAWINGS}delete/?digit=7").json() == {"deleted": 1}
    assert Drawing.objects.get().owner == bert


def test_everything_is_deleted_only_where_that_is_said(champion, api, anna, bert):
    drawn_by(anna), drawn_by(anna), drawn_by(bert)
    for query in ("", "?all=true", "?count=2", "?all=true&count=2&digit=7", "?digits=1", "?digit="):
        assert api.post(f"{DRAWINGS}delete/{query}").status_code == 400, query
    refused = api.post(f"{DRAWINGS}delete/?all=true&count=1")
    assert (refused.status_code, refused.json()["code"]) == (409, "count_differs")
    assert refused.json()["error"] == "There are 2 drawings now, not 1. Nothing was changed."
    assert api.post(f"{DRAWINGS}delete/?digit=7&count=3").status_code == 409
    assert Drawing.objects.count() == 3
    assert api.post(f"{DRAWINGS}delete/?all=true&count=2").json() == {"deleted": 2}
    assert Drawing.objects.get().owner == bert


def test_a_drawing_is_looked_at(champion, api, anna):
    drawing = drawn_by(anna)
    upload = api.post(DRAWINGS, encoded(seven()), content_type="image/png").json()["id"]
    assert b"<path" in api.get(address(drawing, "picture/")).content
    assert api.get(f"{DRAWINGS}{upload}/picture/").content.startswith(b"\x89PNG")


def exported(client: APIClient, kind: str, query: str = "") -> bytes:
    response = client.get(f"/api/drawings/export/?type={kind}{query}")
    assert response.status_code == 200
    assert f'filename="drawings.{kind}"' in response["Content-Disposition"]
    return b"".join(response.streaming_content)


@pytest.fixture
def two_drawings(champion, api, anna, bert):
    """One by strokes and labelled, one uploaded; and one of somebody else's."""
    drawing = drawn_by(anna)
    api.post(address(drawing, "labels/"), {"digit": 1}, format="json")
    upload = api.post(DRAWINGS, encoded(seven()), content_type="image/png").json()["id"]
    drawn_by(bert)
    return drawing.pk, upload


def test_export_as_csv(api, two_drawings):
    rows = list(csv.DictReader(io.StringIO(exported(api, "csv").decode())))
    assert [int(row["id"]) for row in rows] == list(two_drawings[::-1])
    assert (rows[1]["digit"], rows[1]["label"], rows[1]["outcome"]) == ("7", "1", "wrong")
    assert (rows[0]["kind"], rows[0]["outcome"]) == ("upload", "waiting")


def test_export_as_json_lines(api, two_drawings):
    upload, drawing = map(json.loads, exported(api, "jsonl").decode().splitlines())
    assert drawing["strokes"] == INK["strokes"]
    assert (drawing["width"], drawing["label"]) == (280, 1)
    assert "image" in upload


def test_export_as_pictures(api, two_drawings):
    drawing, upload = two_drawings
    with zipfile.ZipFile(io.BytesIO(exported(api, "zip"))) as archive:
        assert archive.testzip() is None
        names = {f"{drawing}-1.png", f"{upload}-unlabelled.png", "labels.csv"}
        assert set(archive.namelist()) == names
        assert archive.read(f"{drawing}-1.png").startswith(b"\x89PNG")


def test_export_takes_the_filter(api, two_drawings):
    assert len(exported(api, "jsonl", "&state=wrong").splitlines()) == 1


@pytest.mark.parametrize("query", ["", "?type=exe", "?type=csv&digit=10"])
def test_an_export_that_is_none_is_refused(champion, api, query):
    assert api.get(f"/api/drawings/export/{query}").status_code == 400


@pytest.mark.parametrize(("method", "body"), [("post", {"digit": 7}), ("delete", None)])
def test_a_drawing_that_is_erased_while_it_is_labelled_is_gone(champion, api, anna, method, body):
    """Between the request's first look at it and the label."""
    drawing = drawn_by(anna)
    erased: list[bool] = []

    def erase_after(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if 'FROM "recognizer_drawing"' in sql and not erased:
            erased.append(True)
            deleting.delete_account(anna)
        return result

    with connection.execute_wrapper(erase_after):
        response = getattr(api, method)(address(drawing, "labels/"), body, format="json")
    assert erased
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_what_is_represented_is_what_the_serializer_says_for_each_request(anna, champion):
    drawing = drawn_by(anna)
    for asked in ("?words=1", "", "?words=1"):
        context = {"request": Request(RequestFactory().get(f"/{asked}"))}
        shown = represent(DrawingSerializer, drawing, context)
        assert shown == DrawingSerializer(drawing, context=context).data
        assert ("words" in shown) == bool(asked)
