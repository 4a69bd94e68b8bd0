"""The admin's lists: windows of what is newest, known values to filter by, no error page."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognizer.admin import lists
from recognizer.models import AuditEvent, Drawing
from tests.people import drawn_by, person, signed_in

DRAWINGS = "/admin/recognizer/drawing/"
LOG = "/admin/recognizer/auditevent/"


@pytest.fixture
def admin(db) -> Client:
    return signed_in(person("boss", is_staff=True, is_superuser=True), Client)


def listed(admin: Client, address: str) -> list:
    return list(admin.get(address).context["cl"].result_list)


def link(admin: Client, address: str, name: str) -> str | None:
    found: str | None = getattr(admin.get(address).context["cl"], name)
    assert found is None or found.replace("&", "&amp;") in admin.get(address).content.decode()
    return found


def test_older_drawings_are_in_the_next_window(champion, anna, admin, monkeypatch):
    monkeypatch.setattr(lists, "WINDOW", 2)
    oldest, old, new, newest = (drawn_by(anna) for _ in range(4))
    assert listed(admin, DRAWINGS) == [newest, new]
    older = link(admin, DRAWINGS, "older")
    assert listed(admin, DRAWINGS + str(older)) == [old, oldest]
    assert link(admin, DRAWINGS, "newest") is None
    assert link(admin, DRAWINGS + str(older), "newest") == "?"


def test_filters_look_through_the_window(champion, anna, admin, monkeypatch):
    monkeypatch.setattr(lists, "WINDOW", 2)
    first, *_ = (drawn_by(anna) for _ in range(3))
    Drawing.objects.filter(pk=first.pk).update(digit=3)
    assert listed(admin, f"{DRAWINGS}?digit=3") == []
    older = link(admin, f"{DRAWINGS}?digit=3", "older")
    assert "digit=3" in str(older)
    assert listed(admin, DRAWINGS + str(older)) == [first]


def test_a_search_finds_the_oldest_drawing_of_a_person(champion, anna, bert, admin, monkeypatch):
    monkeypatch.setattr(lists, "WINDOW", 1)
    hers = drawn_by(anna)
    drawn_by(bert)
    drawn_by(bert)
    assert listed(admin, f"{DRAWINGS}?q=ANN") == [hers]
    assert listed(admin, f"{DRAWINGS}?q=nobody-of-this-name") == []


def test_the_audit_log_has_windows_too(admin, monkeypatch):
    monkeypatch.setattr(lists, "WINDOW", 1)
    old, new = (AuditEvent.objects.create(kind="export", about="x") for _ in range(2))
    assert listed(admin, LOG) == [new]
    assert listed(admin, f"{LOG}{link(admin, LOG, 'older')}&q=x") == [old]


def test_a_list_that_is_cut_says_so(champion, anna, admin, monkeypatch):
    monkeypatch.setattr(lists.CountedUpTo, "most", 2)
    assert "The first" not in admin.get(DRAWINGS).content.decode()
    for _ in range(3):
        drawn_by(anna)
    page = " ".join(admin.get(DRAWINGS).content.decode().split())
    assert "The first 2 drawings" in page


@pytest.mark.parametrize(
    ("value", "found"), [("7", 1), ("none", 1), ("3", 0), ("eleven", 3), ("", 3)]
)
def test_drawings_are_filtered_by_what_was_read(champion, anna, admin, value, found):
    _, unsure, waiting = (drawn_by(anna) for _ in range(3))
    Drawing.objects.filter(pk=unsure.pk).update(digit=None, verdict="unsure")
    Drawing.objects.filter(pk=waiting.pk).update(digit=None, answer=None, outcome="waiting")
    assert len(listed(admin, f"{DRAWINGS}?digit={value}")) == found


@pytest.mark.parametrize(("value", "found"), [("unlabelled", 2), ("waiting", 1), ("odd", 3)])
def test_drawings_are_filtered_by_outcome(champion, anna, admin, value, found):
    _, _, waiting = (drawn_by(anna) for _ in range(3))
    Drawing.objects.filter(pk=waiting.pk).update(digit=None, answer=None, outcome="waiting")
    assert len(listed(admin, f"{DRAWINGS}?outcome={value}")) == found


def test_no_filter_of_drawings_is_looked_up_in_the_table(champion, anna, admin):
    drawn_by(anna)
    with CaptureQueriesContext(connection) as asked:
        admin.get(DRAWINGS)
    assert not [one for one in asked.captured_queries if "DISTINCT" in one["sql"]]


@pytest.mark.parametrize(
    "address",
    [
        "/admin/recognizer/user/?username__regex=(a%2B)%2B%24",
        "/admin/recognizer/user/?username__iregex=(a%2B)%2B%24",
        "/admin/recognizer/user/?id__lt=9",
        "/admin/mfa/authenticator/?data__icontains=secret",
        "/admin/recognizer/apitoken/?digest__startswith=a",
        f"{DRAWINGS}?verdict__regex=(a%2B)%2B%24",
        f"{LOG}?about__contains=x",
    ],
)
def test_a_list_is_filtered_by_nothing_that_it_does_not_offer(champion, admin, address):
    assert admin.get(address).url == f"{address.split('?')[0]}?e=1"


@pytest.mark.parametrize(
    "address",
    [
        "/admin/recognizer/user/?teaches__exact=1&is_staff__exact=0",
        "/admin/django_celery_beat/periodictask/?enabled__exact=1&q=sweep",
        f"{DRAWINGS}?created_at__gte=2026-01-01&uploaded__exact=0&id__lt=9&o=1&p=1",
    ],
)
def test_a_list_is_filtered_by_what_it_offers(champion, admin, address):
    assert admin.get(address).status_code == 200


@pytest.mark.parametrize("name", ["recognizer/user", "recognizer/auditevent", "auth/group"])
def test_a_search_of_very_many_words_is_no_error_page(champion, admin, name):
    address = f"/admin/{name}/"
    assert admin.get(address, {"q": "a " * 1200}).url == f"{address}?e=1"
    assert admin.get(address, {"q": "a " * 100}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        f"{DRAWINGS}?created_at__year=99999999999",
        f"{DRAWINGS}?created_at__year=0",
        f"{DRAWINGS}?id__lt=many",
        f"{LOG}?at__year=99999999999",
        "/admin/recognizer/user/?date_joined__year=99999999999",
        "/admin/django_celery_beat/periodictask/?date_changed__year=99999999999",
    ],
)
def test_a_value_that_no_row_can_have_is_no_error_page(champion, admin, address):
    response = admin.get(address, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain == [(f"{address.split('?')[0]}?e=1", 302)]


def test_a_number_beyond_all_is_no_error_page(champion, anna, admin):
    drawn_by(anna)
    for number in ("9" * 30, "-5", "0"):
        assert admin.get(f"{DRAWINGS}?id__lt={number}").status_code == 200
