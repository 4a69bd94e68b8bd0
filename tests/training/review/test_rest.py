"""Those that nobody doubts, confirmed at a glance."""

import pytest
from django.test import Client

from recognizer.models import Drawing
from recognizer.services import labelling
from tests.people import person, signed_in
from tests.training.helpers import rows
from training.models import SpotCheck
from training.review import claims

pytestmark = pytest.mark.django_db
BUTTON = 'value="rest"'


@pytest.fixture
def sure(champion, anna) -> list[Drawing]:
    return [rows.drawing(anna, version=champion) for _ in range(3)]


def page(rita, query: str = "?state=sure"):
    return signed_in(rita, Client).get(f"/review/grid/{query}")


def pressed(rita, **body):
    address = "/review/grid/?state=sure"
    return signed_in(rita, Client).post(address, {"what": "rest"} | body, follow=True)


def reviewed() -> set[int]:
    return set(Drawing.objects.filter(reviewed=True).values_list("pk", flat=True))


def test_what_is_not_struck_out_is_confirmed_by_one_press(sure, rita):
    numbers = [one.pk for one in sure]
    assert BUTTON in page(rita).content.decode()

    said = pressed(rita, shown=numbers, drawing=numbers[:1]).content.decode()

    assert "2 drawings confirmed." in said
    assert "1 drawing left to other reviewers." in said
    assert reviewed() == set(numbers[1:])
    assert set(Drawing.objects.filter(reviewed=True).values_list("truth", flat=True)) == {7}
    assert list(page(rita).context["shown"]) == []
    other = signed_in(person("rolf", is_staff=True), Client).get("/review/grid/")
    assert [one.drawing.pk for one in other.context["shown"]] == numbers[:1]


def test_it_is_offered_where_nobody_doubts_any_of_them(sure, champion, anna, rita):
    doubtful = rows.drawing(anna, version=champion, truth=1)
    number = rows.drawing(anna, version=champion)
    number.answer.__class__.objects.filter(pk=number.answer_id).update(verdict="number")
    Drawing.objects.filter(pk=number.pk).update(verdict="number", digit=None)

    everything = page(rita, "")
    assert BUTTON not in everything.content.decode()
    assert len(everything.context["shown"]) == 5
    claims.release(rita, [one.drawing.pk for one in everything.context["shown"]])

    shown = {one.drawing.pk for one in page(rita).context["shown"]}
    assert shown == {one.pk for one in sure}
    assert not shown & {doubtful.pk, number.pk}


def test_what_somebody_doubts_since_it_was_shown_is_not_confirmed(sure, rita):
    numbers = [one.drawing.pk for one in page(rita).context["shown"]]
    labelling.label(drawing=sure[0], author=sure[0].owner, digit=1)

    assert "2 drawings confirmed." in pressed(rita, shown=numbers).content.decode()

    assert reviewed() == {one.pk for one in sure[1:]}


def test_what_is_drawn_at_random_is_neither_shown_nor_confirmed(sure, champion, rita):
    drawn, *others = sure
    SpotCheck.objects.create(drawing=drawn, digit=7, model_version=champion)
    shown = [one.drawing.pk for one in page(rita).context["shown"]]
    assert sorted(shown) == [one.pk for one in others]

    said = pressed(rita, shown=[one.pk for one in sure]).content.decode()

    assert "2 drawings confirmed." in said
    assert "1 left out: no answer to confirm, or picked at random." in said
    assert reviewed() == {one.pk for one in others}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Tick the drawings first."),
        ({"shown": ["x"]}, "A drawing is named by its number."),
        ({"shown": list(range(101))}, "At most 100 drawings at once."),
    ],
)
def test_bad_input_is_told(sure, rita, body, words):
    assert words in pressed(rita, **body).content.decode()
    assert not reviewed()
