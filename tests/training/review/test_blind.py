"""What a reviewer is not told before they have said what a drawing is."""

import json

import pytest
from django.test import Client

from recognizer.models import Drawing
from tests.people import person, signed_in
from tests.training.helpers import rows
from training.models import SpotCheck
from training.review import claims, service
from training.review.queue import Filters

pytestmark = pytest.mark.django_db
NEXT = "/api/review/next/"
TOLD = ("outcome", "answer", "label", "owner_label")


@pytest.fixture(autouse=True)
def none_drawn_anew(monkeypatch):
    monkeypatch.setattr(service, "RANDOM_SHARE", 0.0)


@pytest.fixture
def drawing(champion, anna) -> Drawing:
    return rows.drawing(anna, version=champion, truth=9)


@pytest.fixture
def drawn(drawing, champion) -> Drawing:
    """One that was drawn at random."""
    SpotCheck.objects.create(drawing=drawing, digit=7, model_version=champion)
    return drawing


def shown(rita, query: str = "") -> list[dict]:
    return signed_in(rita).get(f"{NEXT}?words=1{query}").json()["drawings"]


def is_hidden(one: dict) -> bool:
    nothing = all(one[name] is None for name in TOLD) and not any(one["words"].values())
    assert nothing == one["hidden"]
    return nothing


def test_what_is_drawn_at_random_is_hidden_whatever_is_asked_for(drawn, rita):
    [one] = shown(rita)

    assert is_hidden(one) and one["at_random"]
    assert one["why"] == "Drawn at random, to measure how often the answers are right."
    assert "0.98" not in json.dumps(one)  # nor the confidence anywhere


def test_in_blind_mode_nothing_is_told_of_any(drawing, rita):
    assert not is_hidden(shown(rita)[0])
    claims.release(rita, [drawing.pk])

    [one] = shown(rita, "&blind=1")

    assert is_hidden(one) and not one["at_random"]
    assert one["why"] == "What do you see? The answer is shown once you have said what it is."


@pytest.mark.parametrize("query", ["", "&blind=1"])
def test_once_it_is_labelled_it_is_shown(drawn, rita, query):
    shown(rita, query)
    address = f"/api/review/{drawn.pk}/label/?words=1"

    said = signed_in(rita).post(address, {"digit": 9}, format="json").json()

    assert (said["digit"], said["role"]) == (9, "reviewer")
    assert not is_hidden(said["drawing"])
    assert said["drawing"]["answer"]["digit"] == 7
    assert said["drawing"]["owner_label"]["digit"] == 9
    assert said["drawing"]["words"]["answer"] == "7"


def test_nobody_confirms_what_they_cannot_see(drawn, rita):
    body = {"drawings": [drawn.pk], "confirm": True}
    said = signed_in(rita).post("/api/review/many/", body, format="json").json()
    assert (said["count"], said["unclaimed"]) == (0, [drawn.pk])
    drawn.refresh_from_db()
    assert not drawn.reviewed


def test_the_grid_and_filters_by_the_answer_leave_it_out(drawn, anna, champion, rita):
    other = rows.drawing(anna, version=champion, truth=9)
    page = signed_in(rita, Client).get("/review/grid/")
    assert [one.drawing for one in page.context["shown"]] == [other]
    assert page.context["remaining"] == 1
    claims.release(rita, [other.pk])

    assert [one["id"] for one in shown(rita, "&digit=7")] == [other.pk]
    claims.release(rita, [other.pk])
    found = service.next_for(rita, count=5, filters=Filters(owner=anna.pk))
    assert {one.drawing.pk: one.hidden for one in found} == {drawn.pk: True, other.pk: False}


def test_what_was_reviewed_is_hidden_no_more(drawn, rita):
    service.label(person("rolf", is_staff=True), drawn.pk, 4)
    [one] = shown(rita, "&state=disputed")
    assert not is_hidden(one)


# The reason --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "fields", "words"),
    [
        ("digit", {}, "the model says 7."),
        ("number", {"number": "42"}, "the model reads the number 42."),
        ("several", {}, "the model finds several digits."),
        ("unsure", {}, "the model is unsure."),
        ("not a digit", {}, "the model says that it is no digit."),
    ],
)
def test_the_reason_fits_the_answer(drawing, rita, verdict, fields, words):
    drawing.answer.__class__.objects.filter(pk=drawing.answer_id).update(verdict=verdict, **fields)

    [one] = shown(rita)

    assert one["why"] == f"Its owner says 9, {words}"
