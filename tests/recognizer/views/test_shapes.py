"""The pages and the API of how somebody writes: for its owner alone.

The champion of these tests says 7 of everything, and sees every drawing alike.
"""

import json

import pytest
from django.test import Client
from rest_framework.test import APIClient

from recognizer.answers import personal
from recognizer.models import Drawing, Exemplar, User
from recognizer.services import deleting, labelling
from recognizer.wording import shown_to_owner
from tests.people import INK, drawn_by, program_of, signed_in
from training.review import service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
SHAPES, EXEMPLARS = "/account/shapes/", "/api/exemplars/"


@pytest.fixture
def nine(champion, anna) -> Drawing:
    """A drawing of anna's that she says is a 9."""
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=9)
    personal.known_people.expire(anna.pk)
    return drawing


@pytest.fixture
def own(nine, anna) -> Drawing:
    """Another one, read the way she writes."""
    drawing = drawn_by(anna)
    assert shown_to_owner(drawing).digit == 9
    return drawing


def live(client: APIClient, query: str = "") -> dict:
    return client.post(f"/api/recognize/{query}", INK, format="json").json()


# Live by API ------------------------------------------------------------------------------------


def test_a_session_and_a_token_are_read_their_owners_way(nine, anna, bert):
    for client in (signed_in(anna), program_of(anna)):
        answer = live(client)
        assert answer["digit"] == 9
        assert answer["personal"]["exemplar"]["drawing"] == nine.pk
        assert answer["personal"]["exemplar"]["digit"] == 9
        alone = answer["personal"]["alone"]
        assert (alone["verdict"], alone["digit"], alone["number"]) == ("digit", 7, None)
    for client in (signed_in(bert), program_of(bert), APIClient()):
        answer = live(client)
        assert (answer["digit"], answer["personal"]) == (7, None)


def test_personal_0_is_the_network_alone(nine, api):
    answer = live(api, "?personal=0")
    assert (answer["digit"], answer["personal"]) == (7, None)
    assert live(api, "?personal=1")["digit"] == 9
    refused = api.post("/api/recognize/?personal=maybe", INK, format="json")
    assert refused.status_code == 400


def test_it_is_said_in_words(nine, api):
    words = live(api, "?words=1")["words"]
    day = f"{nine.created_at:%-d %B}"
    assert words["personal"] == f"Read your way: like this 9 of {day}."
    assert words["alone"] == "The network alone reads 7."
    assert live(api, "?words=1&personal=0")["words"]["personal"] == ""


def test_where_it_says_the_same_nothing_is_said_of_it(champion, anna, api):
    labelling.label(drawing=drawn_by(anna), author=anna, digit=7)
    personal.known_people.expire(anna.pk)
    answer = live(api, "?words=1")
    assert (answer["digit"], answer["words"]["personal"]) == (7, "")


def test_an_explanation_is_of_the_personal_answer(nine, own, api, anna):
    for response in (
        api.post("/api/explain/?words=1", INK, format="json"),
        api.get(f"/api/drawings/{own.pk}/why/?words=1"),
    ):
        found = response.json()
        assert (found["digit"], found["answer"]["personal"]["alone"]["digit"]) == (9, 7)
        assert found["answer"]["words"]["personal"].startswith("Read your way: like this 9 of ")
    alone = api.post("/api/explain/?personal=0", INK, format="json").json()
    assert (alone["digit"], alone["answer"]["personal"]) == (7, None)


# Stored, by API ---------------------------------------------------------------------------------


def test_a_drawing_has_both_answers(nine, own, api):
    found = api.get(f"/api/drawings/{own.pk}/?words=1").json()
    assert found["answer"]["digit"] == 7
    assert found["personal_answer"]["digit"] == 9
    assert found["personal_answer"]["exemplar"]["drawing"] == nine.pk
    assert found["personal_answer"]["words"]["alone"] == "The network alone reads 7."
    assert (found["words"]["answer"], found["words"]["asserted_label"]) == ("9", "9")
    assert api.get(f"/api/drawings/{nine.pk}/").json()["personal_answer"] is None


def test_a_deleted_exemplar_is_no_longer_shown(nine, own, api):
    deleting.delete(Drawing.objects.filter(pk=nine.pk))
    found = api.get(f"/api/drawings/{own.pk}/?words=1").json()["personal_answer"]
    assert (found["digit"], found["exemplar"]) == (9, None)
    assert found["words"]["personal"] == "Read your way."


def test_what_was_learned_is_said(nine, own, api):
    said = api.post(f"/api/drawings/{own.pk}/labels/?words=1", {"digit": 8}, format="json").json()
    assert said["words"]["learned"] == "From now on this is an 8 for you."


def test_right_and_wrong_are_of_what_was_shown_and_the_models_outcome_stays(nine, own, api):
    said = api.post(f"/api/drawings/{own.pk}/labels/?words=1", {"digit": 9}, format="json").json()
    assert (said["words"]["state"], said["outcome"]) == ("right", "wrong")
    said = api.post(f"/api/drawings/{own.pk}/labels/?words=1", {"digit": 7}, format="json").json()
    assert (said["words"]["state"], said["outcome"]) == ("wrong", "right")


def test_a_reviewer_sees_the_model_alone(nine, own, reviewer, monkeypatch):
    monkeypatch.setattr(service, "RANDOM_SHARE", 0.0)  # of a drawn one they would see nothing
    queue = signed_in(reviewer).get("/api/review/next/?n=10&words=1").json()["drawings"]
    [shown] = [one for one in queue if one["id"] == own.pk]
    assert shown["words"]["answer"] == "7"
    assert "personal" not in json.dumps({**shown, "answer": {**shown["answer"], "words": {}}})
    assert "Read your way" not in json.dumps(shown)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_has_both(nine, own, api, kind):
    response = api.get(f"/api/drawings/export/?type={kind}")
    text = b"".join(response.streaming_content).decode()
    if kind == "csv":
        head, first, _ = (line.split(",") for line in text.splitlines())
        row = dict(zip(head, first, strict=True))
    else:
        row = {name: str(value) for name, value in json.loads(text.splitlines()[0]).items()}
    assert (row["id"], row["digit"], row["shown_digit"]) == (str(own.pk), "7", "9")
    assert (row["read_like"], row["is_exemplar"]) == (str(nine.pk), "False")


# Exemplars, by API ------------------------------------------------------------------------------


def test_one_lists_and_removes_ones_own(nine, anna, api):
    drawn_at = api.get(f"/api/drawings/{nine.pk}/").json()["created_at"]
    [one] = api.get(EXEMPLARS).json()
    assert one == {"drawing": nine.pk, "digit": 9, "drawn_at": drawn_at}
    assert api.delete(f"{EXEMPLARS}{nine.pk}/").status_code == 204
    assert api.get(EXEMPLARS).json() == []
    assert api.delete(f"{EXEMPLARS}{nine.pk}/").status_code == 404


def test_nobody_elses_and_nobody(nine, bert):
    stranger = program_of(bert)
    assert stranger.get(EXEMPLARS).json() == []
    assert stranger.delete(f"{EXEMPLARS}{nine.pk}/").status_code == 404
    assert APIClient().get(EXEMPLARS).status_code == 401
    assert APIClient().delete(f"{EXEMPLARS}{nine.pk}/").status_code == 401
    assert program_of(bert, scopes=["read"]).delete(f"{EXEMPLARS}{nine.pk}/").status_code == 403
    assert Exemplar.objects.filter(removed=False).exists()


# Pages ------------------------------------------------------------------------------------------


def page_of(user: User) -> Client:
    return signed_in(user, Client)


def test_the_page_of_shapes_is_its_owners(nine, anna, bert):
    html = page_of(anna).get(SHAPES).content.decode()
    assert f'action="/account/shapes/{nine.pk}/remove/"' in html
    assert "No shapes yet" in page_of(bert).get(SHAPES).content.decode()
    assert Client().get(SHAPES).status_code == 302


def test_one_is_removed(nine, anna, bert):
    address = f"{SHAPES}{nine.pk}/remove/"
    assert page_of(bert).post(address).status_code == 404
    assert Client().post(address)["Location"].startswith("/accounts/login/")
    assert page_of(anna).get(address).status_code == 405
    assert Exemplar.objects.filter(removed=False).exists()
    html = page_of(anna).post(address, follow=True).content.decode()
    assert f"Drawing {nine.pk} no longer decides" in html
    assert "No shapes yet" in html
    assert page_of(anna).post(address).status_code == 404


def test_the_account_page_counts_shapes_and_what_they_spared(nine, own, anna):
    page = page_of(anna)
    html = page.get("/account/").content.decode()
    assert "1 shape of yours" in html
    assert "read right because" not in html
    labelling.label(drawing=own, author=anna, digit=9)
    html = page.get("/account/").content.decode()
    assert "2 shapes of yours" in html
    assert "1 of your last 200 drawings was read right because of them." in html


def test_the_switch(nine, anna):
    page = page_of(anna)
    page.post("/account/", {"teaches": "on"})
    anna.refresh_from_db()
    assert (anna.teaches, anna.personal_reading) == (True, False)
    personal.known_people.expire(anna.pk)
    assert live(program_of(anna))["digit"] == 7
    assert "switched off" in page.get(SHAPES).content.decode()
    assert (
        program_of(anna)
        .patch("/api/account/", {"personal_reading": True}, format="json")
        .json()["personal_reading"]
    )


def test_history_and_drawing_page_say_both(nine, own, anna):
    page = page_of(anna)
    for path in ("/history/", f"/drawings/{own.pk}/"):
        assert "The network alone reads 7." in page.get(path).content.decode()
    html = page.get(f"/drawings/{own.pk}/").content.decode()
    assert "Read your way: like this 9 of " in html
    assert f'src="/drawings/{nine.pk}/thumbnail/"' in html
    assert "your way</span>" in html


def test_the_admin_deletes_exemplars_too(nine, anna, admin_client):
    page = admin_client
    page.post(f"/admin/recognizer/drawing/{nine.pk}/delete/", {"post": "yes"})
    assert not Exemplar.objects.exists()
    assert live(program_of(anna))["digit"] == 7
