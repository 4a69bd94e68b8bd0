"""Deleted drawings: out of sight at once, brought back within 30 days, else gone for ever."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from recognizer import tasks
from recognizer.answers.stored import worker
from recognizer.models import Drawing, Label, Prediction, User
from recognizer.services import deleting, labelling
from tests.people import INK, confirmed, drawn_by, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]
DELETED = "/api/drawings/deleted/"


def deleted_by(owner: User, *, days_ago: float = 0, **how: bool) -> Drawing:
    drawing = drawn_by(owner, **how)
    deleting.delete(Drawing.objects.filter(pk=drawing.pk))
    moment = timezone.now() - dt.timedelta(days=days_ago)
    Drawing.all_objects.filter(pk=drawing.pk).update(deleted_at=moment)
    return drawing


def is_there(drawing: Drawing) -> bool:
    return Drawing.all_objects.filter(pk=drawing.pk).exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="in memory SQLite refuses threads")
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_what_is_brought_back_is_not_deleted_for_ever_at_the_same_moment(anna):
    gone = [deleted_by(anna) for _ in range(20)]

    def both(drawing: Drawing) -> tuple[int, int]:
        def act(method: str, path: str) -> int:
            try:
                return getattr(signed_in(anna), method)(f"{DELETED}{drawing.pk}/{path}").status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as two:
            back, erased = two.submit(act, "post", "restore/"), two.submit(act, "delete", "")
            return back.result(), erased.result()

    for drawing in gone:
        assert both(drawing)[0] == (200 if is_there(drawing) else 404)


# Out of sight -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/api/drawings/{pk}/",
        "/api/drawings/{pk}/picture/",
        "/api/drawings/{pk}/why/",
        "/drawings/{pk}/",
        "/drawings/{pk}/thumbnail/",
        "/drawings/{pk}/pixels/",
        "/usage/{pk}/",
        "/runs/drawings/{pk}/",
    ],
)
def test_a_deleted_drawing_is_not_found(anna, address):
    User.objects.filter(pk=anna.pk).update(is_staff=True)
    drawing = deleted_by(anna)
    assert signed_in(anna, Client).get(address.format(pk=drawing.pk)).status_code == 404


@pytest.mark.parametrize("address", ["/", "/history/", "/api/drawings/"])
def test_a_list_does_not_show_it(anna, address):
    drawing, other = deleted_by(anna), drawn_by(anna)
    shown = signed_in(anna, Client).get(address).content.decode()
    assert f"/drawings/{other.pk}/" in shown and f"/drawings/{drawing.pk}/" not in shown


def test_it_is_not_exported(api, anna):
    deleted_by(anna)
    for kind, lines in (("csv", 1), ("jsonl", 0)):
        response = api.get(f"/api/drawings/export/?type={kind}")
        assert len(b"".join(response.streaming_content).splitlines()) == lines


def test_it_takes_no_label_and_no_second_deletion(api, anna):
    drawing = deleted_by(anna)
    labelled = api.post(f"/api/drawings/{drawing.pk}/labels/", {"digit": 7}, format="json")
    assert labelled.status_code == api.delete(f"/api/drawings/{drawing.pk}/").status_code == 404
    assert not Label.objects.exists()


def test_no_worker_reads_it_until_it_is_back(anna):
    drawing = deleted_by(anna, answered=False)
    worker.answer_waiting()
    assert not Prediction.objects.exists()
    deleting.restore(Drawing.all_objects.deleted())
    worker.answer_waiting()
    assert Prediction.objects.get().drawing_id == drawing.pk


def test_its_idempotency_key_is_free_again(api):
    def post() -> int:
        return api.post("/api/drawings/", INK, format="json", HTTP_IDEMPOTENCY_KEY="a").json()["id"]

    first = post()
    api.delete(f"/api/drawings/{first}/")
    second = post()
    assert second != first
    assert api.post(f"{DELETED}{first}/restore/").status_code == 200
    assert post() == second


# By API -----------------------------------------------------------------------------------------


def test_it_is_listed_with_the_day_on_which_it_goes(api, anna):
    drawing = deleted_by(anna, days_ago=10)
    [found] = api.get(DELETED).json()["results"]
    assert found["id"] == drawing.pk and found["url"].endswith(f"{DELETED}{drawing.pk}/")
    left = dt.datetime.fromisoformat(found["kept_until"]) - timezone.now()
    assert dt.timedelta(days=19, hours=23) < left < dt.timedelta(days=20)
    assert api.get(f"{DELETED}{drawing.pk}/").json() == found
    assert b"<path" in api.get(f"{DELETED}{drawing.pk}/picture/").content


def test_it_is_brought_back_with_all_that_was_said(api, anna):
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=7)
    before = api.get(f"/api/drawings/{drawing.pk}/").json()
    api.delete(f"/api/drawings/{drawing.pk}/")
    assert api.post(f"{DELETED}{drawing.pk}/restore/").json()["id"] == drawing.pk
    assert api.get(f"/api/drawings/{drawing.pk}/").json() == before
    assert api.get(DELETED).json()["results"] == []


def test_it_is_deleted_for_ever(api, anna):
    drawing = deleted_by(anna)
    assert api.delete(f"{DELETED}{drawing.pk}/").status_code == 204
    assert not is_there(drawing)


@pytest.mark.parametrize(("act", "word"), [("restore", "restored"), ("erase", "deleted")])
def test_all_at_once_as_they_were_seen(api, anna, bert, act, word):
    kept, other = drawn_by(anna), deleted_by(bert)
    deleted_by(anna), deleted_by(anna)
    for query, status in (("", 400), ("?all=true", 400), ("?count=2", 400)):
        assert api.post(f"{DELETED}{act}/{query}").status_code == status
    assert api.post(f"{DELETED}{act}/?all=true&count=3").status_code == 409
    assert Drawing.all_objects.deleted().owned_by(anna).count() == 2
    assert api.post(f"{DELETED}{act}/?all=true&count=2").json() == {word: 2}
    assert not Drawing.all_objects.deleted().owned_by(anna).exists()
    assert Drawing.objects.owned_by(anna).count() == (3 if act == "restore" else 1)
    assert is_there(kept) and list(Drawing.all_objects.deleted()) == [other]


CALLS = [
    ("get", "{pk}/"),
    ("get", "{pk}/picture/"),
    ("delete", "{pk}/"),
    ("post", "{pk}/restore/"),
]


@pytest.mark.parametrize(("method", "tail"), CALLS)
def test_what_is_not_deleted_is_not_among_the_deleted(api, anna, method, tail):
    drawing = drawn_by(anna)
    assert getattr(api, method)(DELETED + tail.format(pk=drawing.pk)).status_code == 404
    assert list(Drawing.objects.all()) == [drawing]


# On the page ------------------------------------------------------------------------------------

PAGE = "/history/deleted/"


def test_the_page_brings_one_back(anna):
    drawing, page = deleted_by(anna), signed_in(anna, Client)
    assert f'href="{PAGE}"' in page.get("/history/").content.decode()
    assert f"Drawing {drawing.pk}" in page.get(PAGE).content.decode()
    assert b"<path" in page.get(f"{PAGE}{drawing.pk}/thumbnail/").content
    said = page.post(f"{PAGE}{drawing.pk}/restore/", follow=True).content.decode()
    assert "1 drawing brought back." in said and "Nothing here" in said
    assert list(Drawing.objects.all()) == [drawing]


def test_the_page_deletes_one_for_ever(anna):
    drawing, page = deleted_by(anna), confirmed(signed_in(anna, Client))
    assert (
        "deleted permanently."
        in page.post(f"{PAGE}{drawing.pk}/erase/", follow=True).content.decode()
    )
    assert not is_there(drawing)


@pytest.mark.parametrize("act", ["restore", "erase"])
def test_the_page_does_it_to_all_as_they_were_seen(anna, bert, act):
    page, other = confirmed(signed_in(anna, Client)), deleted_by(bert)
    deleted_by(anna), deleted_by(anna)
    for body, status in (({}, 400), ({"all": "true", "count": 3}, 409)):
        assert page.post(f"{PAGE}{act}/", body).status_code == status
    assert Drawing.all_objects.deleted().owned_by(anna).count() == 2
    page.post(f"{PAGE}{act}/", {"all": "true", "count": 2})
    assert list(Drawing.all_objects.deleted()) == [other]
    assert Drawing.objects.owned_by(anna).count() == (2 if act == "restore" else 0)


# For ever ---------------------------------------------------------------------------------------


def test_a_session_is_asked_for_the_password_before(anna):
    drawing, page = deleted_by(anna), signed_in(anna)
    for address in (f"{PAGE}{drawing.pk}/erase/", f"{PAGE}erase/"):
        asked = page.post(address, {"all": "true", "count": 1}, format="multipart")
        assert asked["Location"].startswith("/accounts/reauthenticate/")
    for ask in (
        partial(page.delete, f"{DELETED}{drawing.pk}/"),
        partial(page.post, f"{DELETED}erase/?all=true&count=1"),
    ):
        assert ask().json()["code"] == "confirmation_needed"
    assert is_there(drawing)


def test_after_thirty_days_it_goes_for_ever(anna):
    assert "recognizer.erase_expired" in {
        one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()
    }
    old, young = deleted_by(anna, days_ago=30.1), deleted_by(anna, days_ago=29.9)
    kept = drawn_by(anna)
    tasks.erase_expired()
    assert not is_there(old)
    assert is_there(young) and is_there(kept)


def test_the_accounts_deletion_is_final(anna):
    deleted_by(anna), drawn_by(anna)
    deleting.delete_account(anna)
    assert not Drawing.all_objects.exists()
