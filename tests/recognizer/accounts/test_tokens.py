"""What a token may do, how long, and what ends it."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client

from recognizer.accounts import tokens
from recognizer.models import ApiToken, Scope
from tests.people import INK, confirmed, drawn_by, person, program_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
TOKENS, ACCOUNT, PAGE = "/api/tokens/", "/api/account/", "/account/tokens/"
MINE = {"name": "mine", "scopes": ["read"]}
# One call that takes each scope.
CALLS = {
    Scope.DRAW: ("post", "/api/recognize/", INK),
    Scope.READ: ("get", "/api/drawings/", None),
    Scope.CORRECT: ("post", "/api/drawings/{}/labels/", {"digit": 7}),
    Scope.REVIEW: ("get", "/api/review/next/", None),
    Scope.TRAIN: ("get", "/api/runs/", None),
}


def asked(client, call, drawing):
    method, path, body = call
    return getattr(client, method)(path.format(drawing.pk), body, format="json")


@pytest.mark.parametrize("scope", Scope)
def test_a_token_does_what_its_scope_says_and_no_more(champion, reviewer, scope):
    drawing = drawn_by(reviewer)
    program = program_of(reviewer, scopes=[scope])
    refused = set()
    for needed, call in CALLS.items():
        answer = asked(program, call, drawing)
        if answer.status_code == 403:
            refused.add(needed)
            assert (
                answer.json()["error"] == f"This needs the scope {needed}; the token has {scope}."
            )
        else:
            assert answer.status_code < 300
    assert refused == set(Scope) - {scope}


def test_no_scope_makes_a_reviewer_or_a_trainer(champion, anna):
    drawing, program = drawn_by(anna), program_of(anna)
    for scope in (Scope.REVIEW, Scope.TRAIN):
        assert asked(program, CALLS[scope], drawing).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"), [("get", TOKENS), ("post", TOKENS), ("delete", ACCOUNT)]
)
def test_no_token_makes_tokens_or_deletes_the_account(anna, method, path):
    answer = getattr(program_of(anna), method)(path, MINE if method == "post" else None)
    assert answer.status_code == 403
    assert answer.json()["error"] == "No token may do this: sign in."
    anna.refresh_from_db()


# What no token does, by view and method.
def test_a_token_ends_after_ninety_days_unless_it_is_said_otherwise(anna):
    session = confirmed(signed_in(anna))
    days = []
    for said in ({}, {"days": 7}, {"days": None}):
        made = session.post(TOKENS, MINE | said, format="json").json()
        expiry = made["expiry"] and dt.datetime.fromisoformat(made["expiry"])
        days.append(expiry and (expiry - dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).days)
    assert days == [90, 7, None]


@pytest.mark.parametrize(
    "said",
    [
        {"days": 0},
        {"days": 3651},
        {"days": "never"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": None},
    ],
)
def test_an_end_or_a_scope_that_is_none_is_refused(anna, said):
    answer = confirmed(signed_in(anna)).post(TOKENS, MINE | said, format="json")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{next(iter(said))}:")
    assert not ApiToken.objects.exists()


def test_when_a_token_was_last_used_is_noted(anna, django_assert_num_queries):
    program = program_of(anna)
    [token] = ApiToken.objects.all()
    assert token.last_used is None
    program.get(ACCOUNT)
    token.refresh_from_db()
    first = token.last_used
    assert dt.datetime.now(dt.UTC) - first < dt.timedelta(seconds=10)
    program.get(ACCOUNT)
    token.refresh_from_db()
    assert token.last_used == first  # to the minute: not every request writes


def test_the_twenty_first_token_is_refused(anna):
    for _ in range(tokens.MOST):
        program_of(anna)
    session = confirmed(signed_in(anna))
    answer = session.post(TOKENS, MINE, format="json")
    words = "You have 20 tokens already: revoke one first."
    assert (answer.status_code, answer.json()["error"]) == (409, words)
    page = confirmed(signed_in(anna, Client))
    assert words in page.post(PAGE, {**MINE, "days": "90"}).content.decode()
    assert ApiToken.objects.count() == tokens.MOST


@pytest.mark.parametrize("name", ["a\nVisit http://evil.example", "\u202edab", "a\u200b"])
def test_a_name_is_one_line_and_seen(anna, name):
    session = confirmed(signed_in(anna))
    by_api = session.post(TOKENS, MINE | {"name": name}, format="json")
    assert by_api.status_code == 400 and by_api.json()["error"].startswith("name: It must be one")
    session.post(PAGE, {"name": name, "scopes": ["read"], "days": 7})
    assert not ApiToken.objects.exists()


def test_tokens_that_ended_make_room(anna):
    for _ in range(tokens.MOST):
        program_of(anna, expiry=-dt.timedelta(seconds=1))
    assert confirmed(signed_in(anna)).post(TOKENS, MINE, format="json").status_code == 201
    assert ApiToken.objects.count() == 1


def test_the_page_makes_a_token_as_it_was_chosen(anna):
    page = confirmed(signed_in(anna, Client))
    page.post(PAGE, {"name": "mine", "scopes": ["draw", "correct"], "days": "never"})
    [token] = ApiToken.objects.all()
    assert (token.scopes, token.expiry) == (["draw", "correct"], None)
    html = page.get("/account/").content.decode()
    assert "read ink and save drawings; say what drawings are, and delete them" in html
    assert "never expires" in html and "never used" in html


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_the_page_makes_none_without_a_scope(anna, scopes):
    page = confirmed(signed_in(anna, Client))
    page.post(PAGE, {"name": "mine", "scopes": scopes, "days": "90"})
    assert not ApiToken.objects.exists()


NEW = {"password1": "another passphrase", "password2": "another passphrase"}


@pytest.mark.parametrize(("chosen", "left"), [({}, 1), ({"revoke_tokens": "on"}, 0)])
def test_tokens_go_with_a_changed_password_where_that_is_chosen(anna, chosen, left):
    program_of(anna)
    old = {"oldpassword": "a long passphrase"}
    signed_in(anna, Client).post("/accounts/password/change/", NEW | old | chosen)
    anna.refresh_from_db()
    assert anna.check_password("another passphrase")
    assert ApiToken.objects.count() == left


def test_tokens_go_with_a_reset_password(client, anna):
    program_of(anna)
    program_of(person("bert"))
    client.post("/accounts/password/reset/", {"email": "anna@example.org"})
    link = next(word for word in mail.outbox[0].body.split() if "/reset/key/" in word)
    client.post(client.get(link, follow=True).request["PATH_INFO"], NEW)
    anna.refresh_from_db()
    assert anna.check_password("another passphrase")
    assert [token.user.username for token in ApiToken.objects.all()] == ["bert"]


def test_tokens_go_with_a_password_set_in_the_admin(anna):
    boss = person("boss", is_staff=True, is_superuser=True)
    for one in (anna, boss):
        program_of(one)
    page = f"/admin/recognizer/user/{anna.pk}/password/"
    confirmed(signed_in(boss, Client)).post(page, NEW | {"usable_password": "true"})
    anna.refresh_from_db()
    assert anna.check_password("another passphrase")
    assert [token.user for token in ApiToken.objects.all()] == [boss]


def test_so_many_are_created_in_a_day_also_by_who_revokes_them(anna, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_A_DAY", 3)
    client = confirmed(signed_in(anna))
    for _ in range(3):
        made = client.post(TOKENS, MINE, format="json").json()
        client.delete(f"{TOKENS}{made['id']}/")

    refused = client.post(TOKENS, MINE, format="json")

    assert refused.status_code == 409
    assert refused.json()["error"] == "You created 3 tokens within a day: wait."
