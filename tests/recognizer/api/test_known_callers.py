"""The cache of recent callers: a session or a token is looked up once in a few seconds, and again
when anything has changed."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from recognizer.accounts import roles
from recognizer.api.requests import known_callers
from recognizer.models import ApiToken, User
from tests.people import grant, program_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("changes_of_its_own", "broker")]
HISTORY, QUEUE = "/api/drawings/", "/api/review/next/"
BOTH = pytest.mark.parametrize("client_of", [signed_in, program_of])


def lookups(client: APIClient) -> int:
    """How many queries a request takes to find out whose it is."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(HISTORY).status_code == 200
    tables = ('FROM "django_session"', 'FROM "recognizer_apitoken"')
    return sum(any(table in one["sql"] for table in tables) for one in queries)


@BOTH
def test_it_is_looked_up_once(anna, client_of):
    client = client_of(anna)
    assert [lookups(client) for _ in range(3)] == [1, 0, 0]


@BOTH
def test_it_is_remembered_for_seconds_only(anna, client_of, monkeypatch):
    client = client_of(anna)
    lookups(client)
    later = known_callers.time.time() + known_callers.SECONDS + 0.1
    monkeypatch.setattr(known_callers.time, "time", lambda: later)
    assert lookups(client) == 1


def _sign_out(user: User) -> None:
    Session.objects.all().delete()


def _revoke(user: User) -> None:
    ApiToken.objects.get(user=user).delete()


def _deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def _change_the_password(user: User) -> None:
    user.set_password("another passphrase")
    user.save()


@pytest.mark.parametrize(
    ("client_of", "end"),
    [
        (signed_in, _sign_out),
        (signed_in, _deactivate),
        (signed_in, _change_the_password),
        (program_of, _revoke),
        (program_of, _deactivate),
    ],
)
def test_whatever_ends_it_counts_at_once(anna, on_commit, client_of, end):
    client = client_of(anna)
    assert [client.get(HISTORY).status_code for _ in range(2)] == [200, 200]
    with on_commit():
        end(anna)
    assert client.get(HISTORY).status_code in (401, 403)


def test_a_token_ends_when_it_is_to_end(anna, monkeypatch):
    client = program_of(anna, expiry=dt.timedelta(seconds=2))
    assert client.get(HISTORY).status_code == 200
    ends = timezone.now() + dt.timedelta(seconds=3)
    monkeypatch.setattr(known_callers.time, "time", lambda: ends.timestamp())
    monkeypatch.setattr(timezone, "now", lambda: ends)
    assert client.get(HISTORY).status_code == 401


def test_a_tokens_scopes_are_asked_each_time(anna):
    client = program_of(anna, scopes=["read"])
    assert client.get(HISTORY).status_code == 200
    assert client.post("/api/recognize/", {}, format="json").status_code == 403


def test_a_sessions_key_is_no_token(anna):
    client = signed_in(anna)
    assert client.get(HISTORY).status_code == 200
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Token {client.cookies['sessionid'].value}")
    assert program.get(HISTORY).status_code == 401


def test_the_csrf_token_is_asked_for_each_time(anna):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(anna)
    assert client.get(HISTORY).status_code == 200
    assert client.post("/api/recognize/", {}, format="json").status_code == 403


def test_what_another_tab_signed_in_as_is_not_taken_for_it(anna, bert):
    client = signed_in(anna)
    assert client.get(HISTORY, headers={"X-Person": str(anna.pk)}).status_code == 200
    assert client.get(HISTORY, headers={"X-Person": str(bert.pk)}).status_code == 403


@BOTH
def test_a_role_that_was_given_counts_at_the_next_request(anna, champion, client_of):
    client = client_of(anna)
    assert client.get(QUEUE).status_code == 403
    grant(anna, roles.REVIEW)
    assert client.get(QUEUE).status_code in (200, 204)


def test_no_more_are_remembered_than_have_room(anna, bert, monkeypatch):
    monkeypatch.setattr(known_callers, "MOST", 1)
    one, other = signed_in(anna), signed_in(bert)
    assert [lookups(client) for client in (one, other, one)] == [1, 1, 1]
