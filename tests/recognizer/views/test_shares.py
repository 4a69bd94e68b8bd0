"""Tests the links by which owners show a drawing to anybody."""

import io
from contextlib import ExitStack

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing, Prediction, Share
from recognizer.pictures import cards
from recognizer.views import shares
from tests.people import drawn_by, person, signed_in
from tests.recognizer.images import encoded, seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


@pytest.fixture
def drawing(champion, anna) -> Drawing:
    return drawn_by(anna)


@pytest.fixture
def link(anna, drawing) -> str:
    signed_in(anna).post(f"/drawings/{drawing.pk}/share/")
    return f"/shared/{Share.objects.get().token}/"


def picture(response) -> Image.Image:
    assert response["Content-Type"] == "image/png"
    return Image.open(io.BytesIO(response.content))


def test_whoever_has_the_link_sees_the_drawing_and_its_answer(client, link, anna):
    page = client.get(link).content.decode()
    assert "<h1>Read as 7</h1>" in page
    assert f'<meta property="og:image" content="http://testserver{link}card.png">' in page
    assert "noindex" in page and anna.username not in page
    card = picture(client.get(f"{link}card.png"))
    assert card.size == (1200, 630)
    assert (0x22, 0x39, 0x8F) in {colour for _, colour in card.getcolors(1 << 20)}  # its ink


@pytest.mark.parametrize(
    ("verdict", "heading"),
    [(Verdict.NOT_A_DIGIT, "Not a digit"), (Verdict.SEVERAL, "Several digits")],
)
def test_an_answer_that_names_no_digit_is_told_in_words(client, link, drawing, verdict, heading):
    Prediction.objects.filter(drawing=drawing).update(verdict=verdict, digit=None)
    page = client.get(link).content.decode()
    assert f"<h1>{heading}</h1>" in page
    assert f'<meta property="og:title" content="{heading} · Numeral">' in page


def test_only_so_many_cards_are_drawn_at_once(client, link, drawing, anna):
    """A scribble's takes long, and many addresses may ask for it."""
    own = f"/drawings/{drawing.pk}/card.png"
    with ExitStack() as drawn:
        for _ in range(settings.WEB_THREADS // 4):
            drawn.enter_context(shares._places.one(""))
        # Refused before the drawing is read: there is none.
        for refused in (client.get("/shared/nobody/card.png"), signed_in(anna).get(own)):
            assert (refused.status_code, refused["Retry-After"]) == (503, "2")
        assert client.get(link).status_code == 200
    for _ in range(settings.WEB_THREADS):
        assert client.get(f"{link}card.png").status_code == 200


def test_a_card_shows_a_single_point_too(client, link, drawing):
    strokes = [[[10, 10], [10, 200]], [[150, 100]]]
    Drawing.objects.filter(pk=drawing.pk).update(strokes=strokes)
    card = picture(client.get(f"{link}card.png"))
    sheet = np.asarray(card.crop((cards.MARGIN, cards.MARGIN, cards.MARGIN + cards.SHEET, 550)))
    inked = (sheet == (0x22, 0x39, 0x8F)).all(axis=2).any(axis=0)
    assert np.flatnonzero(np.diff(inked.astype(int))).size == 4  # a line, a gap, a dot


def test_cards_have_a_rate_since_they_take_longer_than_a_page(client, link, set_rate):
    set_rate("image", 2)
    answers = [client.get(f"{link}card.png") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 86_400
    assert client.get(link).status_code == 200


def test_the_owner_takes_the_link_back(client, link, anna, drawing):
    page = signed_in(anna).get(f"/drawings/{drawing.pk}/").content.decode()
    assert f'value="http://testserver{link}"' in page
    signed_in(anna).post(f"/drawings/{drawing.pk}/unshare/")
    unshared = signed_in(anna).get(f"/drawings/{drawing.pk}/").content.decode()
    assert "Nobody else sees" not in unshared  # reviewers may
    assert '<a href="/privacy/">Privacy</a>' in unshared.split('id="sharing"')[1]
    assert client.get(link).status_code == client.get(f"{link}card.png").status_code == 404
    signed_in(anna).post(f"/drawings/{drawing.pk}/share/")
    assert Share.objects.get().token not in link


def test_a_second_link_is_the_first(link, anna, drawing):
    signed_in(anna).post(f"/drawings/{drawing.pk}/share/")
    assert Share.objects.get().token in link


def test_a_closed_account_shows_nothing_to_anybody(client, link, anna):
    anna.is_active = False
    anna.save()
    assert client.get(link).status_code == client.get(f"{link}card.png").status_code == 404


def test_a_deleted_drawing_is_shown_to_nobody(client, link, anna, drawing):
    signed_in(anna).post(f"/drawings/{drawing.pk}/delete/")
    assert client.get(link).status_code == 404


def test_nobody_shares_what_is_not_theirs(client, champion, anna, drawing):
    bela = signed_in(person("bela"))
    for act in ("share", "unshare"):
        assert bela.post(f"/drawings/{drawing.pk}/{act}/").status_code == 404
        assert client.post(f"/drawings/{drawing.pk}/{act}/").status_code == 302
        assert signed_in(anna, Client).get(f"/drawings/{drawing.pk}/{act}/").status_code == 405
    assert bela.get(f"/drawings/{drawing.pk}/card.png").status_code == 404
    assert client.get("/shared/no-such-token/").status_code == 404
    assert not Share.objects.exists()


def test_an_upload_and_what_is_not_read_yet_have_cards_too(champion, anna, api):
    api.post("/api/drawings/", encoded(seven(600), "PNG"), content_type="image/png")
    waiting = drawn_by(anna, answered=False)
    for pk in (Drawing.objects.get(uploaded=True).pk, waiting.pk):
        assert picture(signed_in(anna).get(f"/drawings/{pk}/card.png")).size == (1200, 630)
