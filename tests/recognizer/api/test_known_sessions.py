"""Whose session it is, is looked up once in a few seconds, and anew when anything has changed."""

from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from recognizer.accounts import changes, roles
from recognizer.api.requests import authentication
from tests.people import grant, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
HISTORY, QUEUE = "/api/drawings/", "/api/review/next/"


@pytest.fixture(autouse=True)
def changes_of_its_own(settings, tmp_path) -> Iterator[None]:
    settings.VAR = tmp_path
    changes._file.cache_clear()
    yield
    changes._file.cache_clear()


def session_queries(client: APIClient) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(HISTORY).status_code == 200
    return sum("django_session" in one["sql"] for one in queries)


def test_it_is_looked_up_once(anna):
    client = signed_in(anna)
    assert [session_queries(client) for _ in range(3)] == [1, 0, 0]


def test_it_is_remembered_for_seconds_only(anna, monkeypatch):
    client = signed_in(anna)
    session_queries(client)
    later = authentication.time.monotonic() + authentication.REMEMBERED_SECONDS + 0.1
    monkeypatch.setattr(authentication.time, "monotonic", lambda: later)
    assert session_queries(client) == 1


def _sign_out(user) -> None:
    Session.objects.all().delete()


def _deactivate(user) -> None:
    user.is_active = False
    user.save()


def _change_the_password(user) -> None:
    user.set_password("another passphrase")
    user.save()


@pytest.mark.parametrize("end", [_sign_out, _deactivate, _change_the_password])
def test_whatever_ends_a_session_counts_at_once(anna, on_commit, end):
    client = signed_in(anna)
    assert [client.get(HISTORY).status_code for _ in range(2)] == [200, 200]
    with on_commit():
        end(anna)
    assert client.get(HISTORY).status_code in (401, 403)


def test_the_csrf_token_is_asked_for_each_time(anna):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(anna)
    assert client.get(HISTORY).status_code == 200
    assert client.post("/api/recognize/", {}, format="json").status_code == 403


def test_what_another_tab_signed_in_as_is_not_taken_for_it(anna, bert):
    client = signed_in(anna)
    assert client.get(HISTORY, headers={"X-Person": str(anna.pk)}).status_code == 200
    assert client.get(HISTORY, headers={"X-Person": str(bert.pk)}).status_code == 403


def test_a_role_that_was_given_counts_at_the_next_request(anna, champion):
    client = signed_in(anna)
    assert client.get(QUEUE).status_code == 403
    grant(anna, roles.REVIEW)
    assert client.get(QUEUE).status_code in (200, 204)


def test_no_more_are_remembered_than_have_room(anna, bert, monkeypatch):
    monkeypatch.setattr(authentication, "MOST_REMEMBERED", 1)
    one, other = signed_in(anna), signed_in(bert)
    asked = [session_queries(client) for client in (one, other, one)]
    assert asked == [1, 1, 1]
