"""What one drawing's page and the draw page show of drawings."""

import pytest
from django.test import Client

from recognizer import registry
from recognizer import wording as words
from recognizer.answers import serving
from recognizer.ink.image_files import decode
from recognizer.models import Drawing, ModelVersion, Prediction
from recognizer.services import labelling, saving
from recognizer.views.drawings import ORIGINAL_SIDE
from tests.people import drawn_by, register
from tests.recognizer.images import encoded, seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]


@pytest.fixture
def upload(anna) -> Drawing:
    drawing, _ = saving.keep_image(owner=anna, content=encoded(seven(2_000), "JPEG"))
    return drawing


def test_an_upload_is_shown_at_a_size_for_screens(page, upload):
    response = page.get(f"/drawings/{upload.pk}/original/")
    assert response["Content-Type"] == "image/png"
    assert (upload.width, upload.height) == (2_000, 2_000)
    assert decode(response.content).shape[:2] == (ORIGINAL_SIDE, ORIGINAL_SIDE)


def test_strokes_have_no_original(page, anna):
    assert page.get(f"/drawings/{drawn_by(anna).pk}/original/").status_code == 404


def test_neighbours_are_ones_own(page, anna, bert):
    older, _, here, _, newer = [drawn_by(one) for one in (anna, bert, anna, bert, anna)]
    context = page.get(f"/drawings/{here.pk}/").context
    assert (context["older"], context["newer"]) == (older, newer)
    context = page.get(f"/drawings/{newer.pk}/").context
    assert (context["older"], context["newer"]) == (here, None)


def test_the_draw_page_shows_ones_last_drawings(page, anna, bert):
    drawn_by(bert)
    mine = [drawn_by(anna) for _ in range(10)]
    assert page.get("/").context["recent"] == mine[:1:-1]
    assert "recent" not in Client().get("/").context


def test_words_for_a_drawing(anna):
    waiting = drawn_by(anna, answered=False)
    seven_ = drawn_by(anna)
    assert (words.short_answer(words.shown_to_owner(waiting)), words.state(waiting)) == (
        "…",
        "waiting",
    )
    assert (words.short_answer(words.shown_to_owner(seven_)), words.state(seven_)) == (
        "7",
        "unlabelled",
    )
    assert (
        words.confidence(words.shown_to_owner(waiting)),
        words.confidence(words.shown_to_owner(seven_))[-1:],
    ) == ("", "%")
    labelling.label(drawing=seven_, author=anna, digit=None)
    seven_.refresh_from_db()
    assert words.state(seven_) == "wrong"


@pytest.mark.parametrize(
    ("how", "state"), [({"is_digit": 0.1}, "not a digit"), ({"sure": 0.4}, "unsure")]
)
def test_an_answer_without_a_digit_says_why_until_it_is_labelled(anna, page, how, state):
    register(4, origin="trained", **how)
    registry.promote(ModelVersion.objects.first())
    serving.model_cache.expire()
    drawing = drawn_by(anna)
    assert (words.short_answer(words.shown_to_owner(drawing)), words.state(drawing)) == ("?", state)
    assert words.confidence(words.shown_to_owner(drawing)) == ""  # of a digit that is not named
    tile = page.get("/history/").content.decode()
    assert f'data-outcome="{state}">{state}</span>' in tile
    assert "%" not in tile
    labelling.label(drawing=drawing, author=anna, digit=4)
    drawing.refresh_from_db()
    assert words.state(drawing) == "wrong"


def test_a_page_says_once_why_nothing_was_read(anna, page):
    drawing = drawn_by(anna)
    Prediction.objects.update(digit=None, verdict="not a digit")
    Drawing.objects.update(digit=None)
    html = page.get(f"/drawings/{drawing.pk}/").content.decode()
    assert '<p class="verdict">Not a digit</p>' in html
    assert 'data-outcome="unlabelled">unlabelled</span>' in html


@pytest.mark.parametrize("path", ["/", "/api/docs/"])
def test_no_page_may_run_what_is_written_into_it(path):
    assert "unsafe" not in Client().get(path)["Content-Security-Policy"]


def test_a_digit_or_none_in_words():
    assert [words.digit_word(0), words.digit_word(None)] == ["0", "not a digit"]
