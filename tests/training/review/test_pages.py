"""The review queue's addresses: who may, what they give, and what they refuse."""

import pytest
from django.test import Client

from recognizer.models import Drawing, Label, User
from tests.people import person, signed_in
from tests.training.helpers import rows
from training.models import Claim, SpotCheck
from training.review import claims, queue, service

pytestmark = pytest.mark.django_db

PAGES = ["/review/", "/review/grid/"]
READ = "/api/review/next/"


@pytest.fixture
def drawing(champion, anna) -> Drawing:
    return rows.drawing(anna, version=champion, truth=9)


def test_staff_alone_see_the_way_to_it(rita, anna):
    assert b'href="/review/"' in signed_in(rita, Client).get("/review/").content
    assert b"/review/" not in signed_in(anna, Client).get("/").content


# The API -----------------------------------------------------------------------------------------


def test_what_comes_next(drawing, champion, rita, monkeypatch):
    monkeypatch.setattr(service, "RANDOM_SHARE", 0.0)
    said = signed_in(rita).get(READ).json()
    [shown] = said["drawings"]
    assert (shown["id"], shown["owner"], shown["kind"]) == (drawing.pk, "anna", "strokes")
    assert shown["answer"]["digit"] == 7
    assert (shown["label"]["role"], shown["owner_label"]["digit"]) == ("owner", 9)
    assert shown["why"] == "Its owner says 9, the model says 7."
    assert signed_in(rita).get(shown["thumbnail"])["Content-Type"] == "image/svg+xml"
    assert said["remaining"] == 1
    assert said["estimate"] == {"hits": 0, "count": 0, "share": None, "interval": [0.0, 1.0]}
    assert Claim.objects.get().reviewer == rita


def test_the_estimate_comes_along(drawing, champion, rita):
    SpotCheck.objects.create(drawing=drawing, digit=7, model_version=champion)
    signed_in(rita).post(f"/api/review/{drawing.pk}/label/", {"digit": 7}, format="json")
    estimate = signed_in(rita).get(READ).json()["estimate"]
    assert (estimate["hits"], estimate["count"], estimate["share"]) == (1, 1, 1.0)
    assert b"100.0%</span> read correctly" in signed_in(rita, Client).get("/review/").content


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("n=0", "n must be a whole number, 1 to 48."),
        ("n=many", "n must be a whole number, 1 to 48."),
        ("state=lost", "state: Select a valid choice."),
        ("digit=12", "digit: Select a valid choice."),
        ("least=90&most=10", "The least confidence must not be above the most."),
        ("least=101", "least: Ensure this value is less than or equal to 100."),
        ("user=nobody", "user: Nobody here is called nobody."),
        ("version=99", "version: There is no version 99."),
        ("version=99999999999999999999", "version: There is no version"),
        ("user=%00", "user: "),
    ],
)
def test_a_filter_that_is_nonsense_is_refused_in_words(champion, rita, query, words):
    said = signed_in(rita).get(f"{READ}?{query}")
    assert said.status_code == 400
    assert said.json()["code"] in ("invalid", "contradiction")
    assert words in said.json()["error"]
    if not query.startswith("n="):
        for path in PAGES:
            page = signed_in(rita, Client).get(f"{path}?{query}")
            assert page.status_code == 400
            assert "Nothing is shown for this filter" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("digit=none&least=50&most=90", "read as no digit, 50 to 90% sure"),
        ("state=unsure&digit=4&least=50", "the model is unsure, read as 4, at least 50% sure"),
        ("most=90&user=anna", "at most 90% sure, drawn by anna"),
        ("digit=7&least=lots", "read as 7"),
        ("user=nobody&digit=7", "read as 7"),
    ],
)
def test_a_filter_is_told_in_words(champion, anna, rita, query, words):
    page = signed_in(rita, Client).get(f"/review/?{query}").content.decode()
    assert f"<summary>Filter: {words}</summary>" in page


def test_a_filter_says_how_many_it_searches(champion, rita, monkeypatch):
    monkeypatch.setattr(queue, "WINDOW", 2_345)
    for page in PAGES:
        shown = signed_in(rita, Client).get(page, {"digit": "3"}).content.decode()
        assert "search only the first 2,345." in shown


def test_no_filter_and_a_version_in_words(champion, rita):
    client = signed_in(rita, Client)
    assert "<summary>Filter</summary>" in client.get("/review/").content.decode()
    page = client.get(f"/review/?version={champion.pk}").content.decode()
    assert f"Filter: answered by version {champion.pk}<" in page


@pytest.mark.parametrize("digit", [10, -1, "7", 7.5, True, [1]])
def test_a_label_that_is_none_is_refused(drawing, rita, digit):
    said = signed_in(rita).post(f"/api/review/{drawing.pk}/label/", {"digit": digit}, format="json")
    assert said.status_code == 400
    assert said.json()["error"].startswith("digit: ")


def test_a_label_without_a_word_is_refused(drawing, rita):
    said = signed_in(rita).post(f"/api/review/{drawing.pk}/label/", {}, format="json")
    assert (said.status_code, said.json()["error"]) == (400, "digit: This field is required.")


def test_what_another_looks_at_is_theirs(drawing, rita):
    claims.claim(person("rolf", is_staff=True), [drawing.pk])
    for what, body in (("label", {"digit": 1}), ("skip", None)):
        said = signed_in(rita).post(f"/api/review/{drawing.pk}/{what}/", body, format="json")
        assert (said.status_code, said.json()) == (
            409,
            {"error": f"Another reviewer is looking at drawing {drawing.pk}.", "code": "taken"},
        )


def test_what_is_gone_is_told(rita):
    for what, body in (("label", {"digit": 1}), ("skip", None)):
        said = signed_in(rita).post(f"/api/review/123/{what}/", body, format="json")
        assert (said.status_code, said.json()["error"]) == (
            404,
            "Drawing 123 is not there to review.",
        )


@pytest.mark.parametrize(
    "body",
    [
        {"drawings": [1]},
        {"drawings": [1], "digit": 1, "confirm": True},
        {"drawings": "all", "digit": 1},
        {"drawings": ["x"], "digit": 1},
        {"drawings": list(range(1, 102)), "digit": 1},
        {"digit": 1},
    ],
)
def test_many_refuses_what_it_cannot_understand(rita, body):
    assert signed_in(rita).post("/api/review/many/", body, format="json").status_code == 400


def test_many_says_what_was_not_done(drawing, rita):
    body = {"drawings": [drawing.pk, 12345], "confirm": True}
    said = signed_in(rita).post("/api/review/many/", body, format="json")
    assert said.json() == {"count": 1, "taken": [], "unclaimed": [], "gone": [12345]}
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.reviewed) == (7, True)


# The grid ----------------------------------------------------------------------------------------


def grid(rita: User, query: str = "", **body: object):
    return signed_in(rita, Client).post(f"/review/grid/{query}", body, follow=True)


def test_the_grid_holds_what_it_shows(drawing, rita):
    page = signed_in(rita, Client).get("/review/grid/")
    assert [one.drawing for one in page.context["shown"]] == [drawing]
    assert Claim.objects.get().reviewer == rita
    again = signed_in(rita, Client).get("/review/grid/")
    assert len(again.context["shown"]) == 1


@pytest.mark.parametrize(("what", "truth"), [("4", 4), ("none", None), ("confirm", 7)])
def test_the_grid_labels_what_is_ticked(drawing, anna, champion, rita, what, truth):
    other = rows.drawing(anna, version=champion)
    page = grid(rita, "?digit=7", drawing=[drawing.pk], what=what)
    assert page.redirect_chain == [("/review/grid/?digit=7", 302)]
    assert "1 drawing labelled." in page.content.decode()
    drawing.refresh_from_db()
    other.refresh_from_db()
    assert (drawing.truth, drawing.reviewed, other.reviewed) == (truth, True, False)


def test_the_grid_passes_by(drawing, rita):
    page = grid(rita, drawing=[drawing.pk], what="skip")
    assert "1 drawing skipped." in page.content.decode()
    assert page.context["shown"] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"what": "4"}, "Tick the drawings first."),
        ({"drawing": ["1"]}, "Say what they are."),
        ({"drawing": ["1"], "what": "12"}, "Select a valid choice."),
        ({"drawing": ["x"], "what": "1"}, "A drawing is named by its number."),
        ({"drawing": list(range(101)), "what": "1"}, "At most 100 drawings at once."),
        ({"drawing": ["12345"], "what": "1"}, "1 not for you to label: deleted, your own"),
    ],
)
def test_the_grid_says_what_it_cannot_do(champion, rita, body, words):
    assert words in grid(rita, **body).content.decode()
    assert not Label.objects.exists()
