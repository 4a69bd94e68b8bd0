"""What one person may keep, and how many images they may send."""

import copy
import io
import os

import numpy as np
import pytest
from django.core.cache import caches
from django.db import connection
from PIL import Image

from recognizer.ink import strokes
from recognizer.limits import quota
from recognizer.models import Drawing, Upload
from recognizer.services import deleting, saving
from tests.people import INK, drawn_by, signed_in
from tests.recognizer.images import encoded, seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]
DRAWINGS = "/api/drawings/"


def photo(side: int = 700) -> Image.Image:
    """A 7 on paper with the noise of a camera."""
    noise = np.random.default_rng(0).normal(0, 6, (side, side, 3))
    return Image.fromarray(np.clip(np.asarray(seven(side)) * 0.8 + noise, 0, 255).astype(np.uint8))


def incompressible(size: int) -> list[str]:
    """As JSON it has about so many bytes: PostgreSQL packs what it can."""
    return [os.urandom(size // 2).hex()]


def keep(owner, image: Image.Image, kind: str = "PNG") -> Upload:
    return saving.keep_image(owner=owner, content=encoded(image, kind))[0].upload


def test_a_photo_takes_about_what_was_sent(anna):
    sent = encoded(photo(), "JPEG")
    kept = saving.keep_image(owner=anna, content=sent)[0].upload
    assert len(kept.content) < 2 * len(sent)
    assert kept.image().shape == (700, 700, 3)
    difference = kept.image().astype(float) - np.asarray(photo())
    assert np.sqrt((difference**2).mean()) < 6  # less than the noise itself


def test_a_page_is_kept_to_the_bit(anna):
    assert np.array_equal(keep(anna, seven(900)).image(), np.asarray(seven(900)))


def test_noise_that_is_seen_through_is_kept_smaller(anna):
    sent = photo().convert("RGBA")
    sent.putalpha(Image.fromarray(np.random.default_rng(0).integers(200, 250, (700, 700), "u1")))
    kept = keep(anna, sent)
    assert len(kept.content) <= 1_000_000
    assert kept.image().shape == (350, 350, 4)


def test_a_photo_that_hides_nothing_is_kept_as_one_without_alpha(anna):
    assert np.array_equal(keep(anna, photo().convert("RGBA")).image(), keep(anna, photo()).image())


def test_what_was_stored_before_can_be_read(anna):
    drawing = keep(anna, seven()).drawing
    Upload.objects.filter(drawing=drawing).update(content=encoded(photo()))
    assert np.array_equal(Upload.objects.get().image(), np.asarray(photo()))


def test_who_keeps_as_much_as_one_may_saves_no_more(anna, api, settings):
    settings.MOST_KEPT_MB = 1
    Drawing.objects.filter(pk=drawn_by(anna).pk).update(strokes=incompressible(1_000_000))
    for body in ({"data": INK}, {"data": {"image": _file()}, "format": "multipart"}):
        refused = api.post(DRAWINGS, **{"format": "json"} | body)
        assert (refused.status_code, refused.json()["code"]) == (413, "quota_exceeded")
    assert "1 MB" in refused.json()["error"]
    deleting.delete(Drawing.objects.all())
    caches["memory"].clear()  # a minute later
    assert api.post(DRAWINGS, INK, format="json").status_code == 413
    deleting.erase(Drawing.all_objects.all())
    caches["memory"].clear()
    assert api.post(DRAWINGS, INK, format="json").status_code == 202


def test_what_is_kept_already_may_be_sent_again(anna, api, settings):
    sent = {"data": INK, "format": "json", "headers": {"Idempotency-Key": "one"}}
    kept = api.post(DRAWINGS, **sent)
    settings.MOST_KEPT_MB = 0
    again = api.post(DRAWINGS, **sent)
    assert (again.status_code, again.json()["id"]) == (202, kept.json()["id"])
    sent["headers"] = {"Idempotency-Key": "two"}
    assert api.post(DRAWINGS, **sent).status_code == 413


DOT = [[[1, 1]]]


def test_dots_take_the_room_of_their_rows_too(anna, api, settings):
    settings.MOST_KEPT_MB = 1
    dot = Drawing(owner=anna, strokes=DOT, width=200, height=200)
    Drawing.objects.bulk_create(copy.copy(dot) for _ in range(700))
    assert api.post(DRAWINGS, INK, format="json").status_code == 413


def test_a_process_adds_the_rows_of_dots_too(anna, settings):
    settings.MOST_KEPT_MB = 1
    quota.admit(anna, 998_600)
    with pytest.raises(quota.QuotaExceeded):
        saving.keep_strokes(owner=anna, strokes=strokes.parse(DOT, width=200, height=200))


def test_between_two_counts_a_process_adds_what_it_stores(anna, settings):
    settings.MOST_KEPT_MB = 1
    quota.admit(anna, 600_000)
    with pytest.raises(quota.QuotaExceeded):
        quota.admit(anna, 600_000)
    quota.admit(anna, 300_000)


def test_two_at_once_take_no_more_room_than_there_is(anna, settings):
    """The second comes while the first counts what is kept."""
    settings.MOST_KEPT_MB = 1
    came = []

    def execute(run, *query):
        if not came:
            came.append("second")
            quota.admit(anna, 600_000)
        return run(*query)

    with connection.execute_wrapper(execute), pytest.raises(quota.QuotaExceeded):
        quota.admit(anna, 600_000)
    quota.admit(anna, 300_000)


def test_the_account_page_says_how_much_is_kept(anna):
    kept = keep(anna, seven())
    Upload.objects.filter(pk=kept.pk).update(content=os.urandom(1_250_000))
    page = signed_in(anna).get("/account/").content.decode()
    assert "It takes 1.3 of the 1,000 MB that you may keep" in " ".join(page.split())


def test_images_have_a_rate_of_their_own(api, set_rate):
    set_rate("image", 2)
    for path in (DRAWINGS, "/api/recognize/"):
        assert api.post(path, {"image": _file()}, format="multipart").status_code < 300
    refused = api.post(DRAWINGS, {"image": _file()}, format="multipart")
    assert refused.status_code == 429 and "Retry-After" in refused
    assert api.post(DRAWINGS, INK, format="json").status_code == 202


def _file():
    return io.BytesIO(encoded(seven()))
