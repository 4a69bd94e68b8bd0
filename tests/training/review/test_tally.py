"""How much each reviewer has labelled, and how often they agree."""

import pytest
from django.test import Client

from recognizer.models import Drawing
from recognizer.services import deleting, labelling
from tests.people import signed_in
from tests.recognizer.imports.made import imported, jsonl, line
from tests.training.helpers import rows
from training.review import tally
from training.review.tally import Tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawings(champion, anna) -> list[Drawing]:
    return [rows.drawing(anna, version=champion, truth=1) for _ in range(3)]


def say(drawing: Drawing, author, digit: int | None) -> None:
    labelling.label(drawing=drawing, author=author, digit=digit)


def test_each_has_a_tally_and_is_compared_where_others_spoke(drawings, rita, rolf):
    first, second, third = drawings
    for drawing, digit in ((first, 9), (first, 4), (second, None), (third, 1)):
        say(drawing, rita, digit)  # of the first, the later label counts
    say(first, rolf, 4)
    say(second, rolf, 7)

    assert tally.tallies() == [Tally("rita", 3, 2, 1), Tally("rolf", 2, 2, 1)]


def test_owners_and_deleted_drawings_do_not_count(drawings, anna, rita):
    say(drawings[0], anna, 3)
    say(drawings[1], rita, 3)
    deleting.delete(Drawing.objects.filter(pk=drawings[1].pk))
    assert tally.tallies() == []


def test_only_the_newest_labels_are_counted(drawings, rita, monkeypatch):
    for drawing in drawings:
        say(drawing, rita, 1)
    monkeypatch.setattr(tally, "NEWEST", 2)
    assert tally.tallies() == [Tally("rita", 2, 0, 0)]


def test_an_import_hides_no_reviewer(drawings, anna, rita, monkeypatch):
    say(drawings[0], rita, 1)
    monkeypatch.setattr(tally, "NEWEST", 2)
    imported(anna, jsonl(*(line(number, 1) for number in range(5))))
    assert tally.tallies() == [Tally("rita", 1, 0, 0)]


def test_the_page_shows_it(drawings, rita, rolf):
    def page() -> str:
        return " ".join(signed_in(rita, Client).get("/review/").content.decode().split())

    assert "<summary>Reviewers</summary>" not in page()
    say(drawings[0], rita, 4)
    say(drawings[1], rita, 4)
    assert '<th scope="row">rita</th><td>2</td><td>\N{EN DASH}</td>' in page()
    say(drawings[0], rolf, 4)
    assert '<th scope="row">rolf</th><td>1</td><td>1 of 1 (100.0%)</td>' in page()
