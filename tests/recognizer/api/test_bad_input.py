"""Bad input gets a clear sentence, the right status, one line in the log at most; none is kept."""

import gzip
import io
import json
import logging
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.exceptions import ParseError
from rest_framework.test import APIClient

from digitsite.places import Places
from recognizer import strict_json
from recognizer.answers import decoding
from recognizer.api.requests.parsers import BoundedJSONParser
from recognizer.models import Drawing
from tests.people import INK, SEVEN, drawn_by
from tests.recognizer.images import (
    encoded,
    header_of_a_huge_png,
    jpeg_of_many_scans,
    png_with_a_bomb,
    seven,
    slow_jpeg,
    two_pages,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]

BOTH = pytest.mark.parametrize("url", ["/api/recognize/", "/api/drawings/"])


def refused(response, caplog, *, status: int, code: str | None = None) -> str:
    """Checks the one shape and returns the sentence."""
    body = response.json()
    assert response.status_code == status, body
    assert set(body) == {"error", "code"}
    assert code is None or body["code"] == code
    assert not Drawing.objects.exists()
    assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) <= 1
    return body["error"]


def strokes(value: object, **canvas: object) -> str:
    return json.dumps(INK | {"strokes": value} | canvas)


BAD_STROKES = {
    "none": json.dumps({"width": 280, "height": 280}),
    "null": strokes(None),
    "no strokes": strokes([]),
    "an empty stroke": strokes([[]]),
    "an object": strokes({"a": 1}),
    "text": strokes("a line"),
    "textual coordinates": strokes([[["1", "2"]]]),
    "booleans": strokes([[[True, False]]]),
    "null coordinates": strokes([[[None, None]]]),
    "one number": strokes([[[1]]]),
    "five numbers": strokes([[[1, 2, 3, 0.5, 5]]]),
    "too deep": strokes([[[[1, 2]]]]),
    "far outside": strokes([[[1e30, 5]]]),
    "far left": strokes([[[-1e9, 5]]]),
    "a number beyond floats": '{"strokes": [[[1e999, 5]]], "width": 280, "height": 280}',
    "a number of 400 digits": strokes([[[10**400, 5]]]),
    "negative time": strokes([[[1, 2, -1]]]),
    "pressure of 2": strokes([[[1, 2, 3, 2]]]),
    "201 strokes": strokes([[[1, 2]]] * 201),
    "5,001 points": strokes([[[1, 2]] * 5001]),
    "width 0": strokes(SEVEN, width=0),
    "negative height": strokes(SEVEN, height=-5),
    "textual width": strokes(SEVEN, width="280"),
    "no width": json.dumps({"strokes": SEVEN, "height": 280}),
    "an infinite width": '{"strokes": [[[1, 2]]], "width": 1e999, "height": 280}',
}


@BOTH
@pytest.mark.parametrize("body", BAD_STROKES.values(), ids=BAD_STROKES)
def test_strokes_that_are_none(api, caplog, url, body):
    response = api.post(url, body, content_type="application/json")
    sentence = refused(response, caplog, status=400, code="bad_strokes")
    assert sentence[0].isupper() and sentence.endswith(".")


BAD_JSON = {
    "nothing": "",
    "half": '{"strokes": [[[1, 2',
    "NaN": '{"strokes": [[[NaN, 2]]], "width": 280, "height": 280}',
    "Infinity": '{"strokes": [[[Infinity, 2]]], "width": 280, "height": 280}',
    "a list": "[]",
    "a number": "7",
    "nested without end": "[" * 100_000,
    "no text": b"\xff\xfe\x00",
}


@BOTH
@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON)
def test_json_that_is_none(api, caplog, url, body):
    response = api.post(url, body, content_type="application/json")
    refused(response, caplog, status=400)


@BOTH
def test_a_body_over_the_limit(api, caplog, url):
    body = strokes([[[1.123456789012345, 2.123456789012345]] * 5000] * 3)
    response = api.post(url, body, content_type="application/json")
    assert "400,000" in refused(response, caplog, status=413, code="too_large")


def test_a_drawing_may_be_as_long_as_is_said(api):
    """Of the most points, with a time and a pressure each: 140 kB."""
    points = [[100 + n % 80, 100 + n / 100, 1000 + 16 * n, 0.123456789] for n in range(5000)]
    body = json.dumps({"strokes": [points], "width": 280, "height": 280}).ljust(399_000)
    assert api.post("/api/drawings/", body, content_type="application/json").status_code == 202


@BOTH
def test_a_name_that_is_given_twice(api, caplog, url):
    body = json.dumps(INK)[:-1] + ', "width": 300}'
    response = api.post(url, body, content_type="application/json")
    assert refused(response, caplog, status=400) == "“width” is given more than once."


@BOTH
def test_a_doubled_name_that_is_no_text(api, caplog, url):
    response = api.post(url, r'{"\ud800": 1, "\ud800": 1}', content_type="application/json")
    assert refused(response, caplog, status=400) == "“?” is given more than once."


@pytest.mark.parametrize("member", [r'"\ud800": 1', r'"\u0000": 1', r'"name": "\ud800"'])
def test_half_characters(api, anna, member):
    url = f"/api/drawings/{drawn_by(anna).pk}/labels/"
    response = api.post(url, f'{{"digit": 1, {member}}}', content_type="application/json")
    assert response.status_code == 400
    assert ("ud800" in member) == (response.json()["error"] == "The text holds half a character.")


def test_characters_in_two_halves_are_text():
    assert strict_json.loads(rb'"\ud83d\ude00"') == "\N{GRINNING FACE}"


def test_among_many_names_the_doubled_one_is_found_soon():
    names = [f"n{number}" for number in range(30_000)]
    body = json.dumps(dict.fromkeys(names, 1))[:-1] + ', "n29999": 1}'
    began = time.process_time()
    with pytest.raises(ParseError, match="“n29999” is given more than once"):
        BoundedJSONParser().parse(io.BytesIO(body.encode()))
    assert time.process_time() - began < 1


def test_a_label_that_is_given_twice(api, anna):
    drawing = drawn_by(anna)
    body = '{"digit": 1, "digit": 2}'
    response = api.post(
        f"/api/drawings/{drawing.pk}/labels/", body, content_type="application/json"
    )
    assert response.status_code == 400
    assert response.json()["error"] == "“digit” is given more than once."
    assert not drawing.labels.exists()


BAD_IMAGES = {
    "truncated": (encoded(seven())[:-300], 400),
    "1x1": (encoded(seven().resize((1, 1))), 400),
    "20,000 x 20,000": (header_of_a_huge_png(), 400),
    "blank": (encoded(seven().point(lambda _: 255)), 400),
    "a GIF": (encoded(seven(), "GIF"), 415),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>', 415),
    "HTML": (b"<!doctype html><script>alert(1)</script>", 415),
    "nothing": (b"", 400),
    "a JPEG of 5,000 scans": (jpeg_of_many_scans(5_000), 400),
    "a TIFF of two pages": (two_pages(), 400),
    "a PNG that unpacks to 100 MB of text": (png_with_a_bomb(), 400),
}


@BOTH
@pytest.mark.parametrize(("content", "status"), BAD_IMAGES.values(), ids=BAD_IMAGES)
def test_images_that_are_none(api, caplog, url, content, status):
    response = api.post(url, content, content_type="image/png")
    refused(response, caplog, status=status)


@BOTH
def test_an_image_over_the_limit(api, caplog, url, settings):
    settings.IMAGE_BODY_BYTES = 1000
    response = api.post(url, encoded(seven()), content_type="image/png")
    refused(response, caplog, status=413, code="too_large")


@BOTH
def test_a_form_over_the_limit(api, caplog, url, settings, tmp_path):
    settings.FORM_BODY_BYTES = 1000
    path = tmp_path / "seven.png"
    path.write_bytes(encoded(seven(4000)))
    with path.open("rb") as file:
        response = api.post(url, {"image": file}, format="multipart")
    refused(response, caplog, status=413, code="too_large")


@BOTH
def test_a_form_whose_image_is_text(api, caplog, url):
    response = api.post(url, {"image": "a picture"}, format="multipart")
    refused(response, caplog, status=400)


@BOTH
def test_a_form_that_is_cut_off(api, caplog, url):
    response = api.post(url, b"--x\r\nContent-Disp", content_type="multipart/form-data; boundary=x")
    refused(response, caplog, status=400)


@BOTH
def test_strokes_and_an_image(api, caplog, url):
    form = {"image": SimpleUploadedFile("seven.png", encoded(seven())), "strokes": "[]"}
    answer = api.post(url, form)
    assert "not both" in refused(answer, caplog, status=400, code="bad_strokes")


@BOTH
def test_a_form_with_two_images(api, caplog, url):
    images = [SimpleUploadedFile(name, encoded(seven())) for name in ("a.png", "b.png")]
    response = api.post(url, {"image": images}, format="multipart")
    assert refused(response, caplog, status=400) == "The form has 2 images; send one at a time."


@BOTH
def test_a_file_of_unknown_kind_that_is_no_picture(api, caplog, url):
    response = api.post(url, b"7", content_type="application/octet-stream")
    refused(response, caplog, status=415, code="unsupported_image")


@pytest.mark.slow
@BOTH
def test_a_picture_that_takes_too_long(api, caplog, url, monkeypatch):
    monkeypatch.setattr(decoding, "SECONDS", 1)
    response = api.post(url, slow_jpeg(), content_type="image/jpeg")
    sentence = refused(response, caplog, status=400, code="bad_image")
    assert "takes more than 1 seconds to decode" in sentence


@BOTH
def test_more_pictures_at_once_than_are_decoded(api, caplog, url, monkeypatch):
    monkeypatch.setattr(decoding, "_places", Places(1))
    with decoding._places.one(""):
        response = api.post(url, encoded(seven()), content_type="image/png")
    assert "Too many pictures" in refused(response, caplog, status=503, code="busy")
    assert response["Retry-After"] == "2"


@BOTH
@pytest.mark.parametrize("encoding", ["gzip", "br", "nonsense"])
def test_a_body_that_is_packed(api, caplog, url, encoding):
    packed = gzip.compress(json.dumps(INK).encode())
    response = api.post(
        url, packed, content_type="application/json", HTTP_CONTENT_ENCODING=encoding
    )
    assert encoding in refused(response, caplog, status=415, code="unsupported_media_type")


@BOTH
@pytest.mark.parametrize("kind", ["text/plain", "application/xml"])
def test_a_body_of_another_kind(api, caplog, url, kind):
    response = api.post(url, b"7", content_type=kind)
    refused(response, caplog, status=415, code="unsupported_media_type")


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_a_method_that_is_none(api, caplog, method):
    response = getattr(api, method)("/api/recognize/")
    refused(response, caplog, status=405, code="method_not_allowed")


def test_an_address_that_is_none(caplog):
    refused(APIClient().get("/api/nothing/"), caplog, status=404, code="not_found")
