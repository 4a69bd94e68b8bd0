"""One's account and tokens through the API."""

import re

import pytest
from django.db import DatabaseError, transaction
from rest_framework.test import APIClient

from recognizer.api.serializers.account import AccountSerializer
from recognizer.forms import AccountForm
from recognizer.models import ApiToken, Drawing, User
from recognizer.templatetags.api_docs import with_code
from tests.people import confirmed, drawn_by, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
ACCOUNT, TOKENS = "/api/account/", "/api/tokens/"
MINE = {"name": "my script", "scopes": ["read"]}


def test_one_reads_ones_account(api):
    assert api.get(ACCOUNT).json() == {
        "username": "anna",
        "email": "anna@example.org",
        "teaches": True,
        "personal_reading": True,
    }


def test_one_says_no_to_teaching(api, anna):
    assert api.patch(ACCOUNT, {"teaches": False}, format="json").json()["teaches"] is False
    anna.refresh_from_db()
    assert not anna.teaches


def test_a_name_is_not_changed_this_way(api, anna):
    api.patch(ACCOUNT, {"username": "root", "is_staff": True}, format="json")
    anna.refresh_from_db()
    assert (anna.username, anna.is_staff) == ("anna", False)


def _by_the_api(stale: User) -> None:
    account = AccountSerializer(stale, data={"teaches": False}, partial=True)
    account.is_valid(raise_exception=True)
    account.save()


def _on_the_page(stale: User) -> None:
    form = AccountForm({"personal_reading": "on"}, instance=stale)
    assert form.is_valid()
    form.save()


@pytest.mark.parametrize("switch", [_by_the_api, _on_the_page])
def test_a_switch_brings_back_nothing_that_has_changed_meanwhile(anna, switch):
    since = {"is_active": False, "password": "another", "exemplars_revision": 5}
    User.objects.filter(pk=anna.pk).update(**since)

    switch(anna)

    anna.refresh_from_db()
    assert {name: getattr(anna, name) for name in since} == since
    assert not anna.teaches


@pytest.mark.parametrize("switch", [_by_the_api, _on_the_page])
def test_a_switch_brings_no_deleted_account_back(anna, switch):
    User.objects.filter(pk=anna.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        switch(anna)
    assert not User.objects.exists()


@pytest.mark.parametrize("value", ["perhaps", None, [], 2])
def test_a_switch_that_is_none_is_refused(api, value):
    response = api.patch(ACCOUNT, {"teaches": value}, format="json")
    assert response.status_code == 400
    assert response.json()["error"].startswith("teaches:")


def test_one_leaves_with_all_ones_drawings(champion, anna, bert):
    drawn_by(anna)
    other = drawn_by(bert)
    assert confirmed(signed_in(anna)).delete(ACCOUNT).status_code == 204
    assert not User.objects.filter(pk=anna.pk).exists()
    assert list(Drawing.objects.all()) == [other]


def test_a_token_is_shown_once_and_stored_hashed(anna):
    session = confirmed(signed_in(anna))
    made = session.post(TOKENS, MINE, format="json")
    assert made.status_code == 201
    secret = made.json()["token"]
    assert secret not in str(ApiToken.objects.values_list().get())
    assert "token" not in session.get(TOKENS).json()[0]
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    assert program.get(ACCOUNT).json()["username"] == "anna"


@pytest.mark.parametrize("name", ["", "n" * 61, None])
def test_a_token_wants_a_name(anna, name):
    response = signed_in(anna).post(TOKENS, MINE | {"name": name}, format="json")
    assert response.status_code == 400
    assert response.json()["error"].startswith("name:")


@pytest.mark.parametrize("url", ["/api/schema/", "/api/docs/"])
def test_everybody_may_read_how_it_works(db, url):
    assert APIClient().get(url).status_code == 200


def test_the_page_shows_code_as_code_and_what_is_required(db):
    page = APIClient().get("/api/docs/").content.decode()
    assert "`" not in page
    assert "checked first (<code>checking</code>" in page
    token = page.partition('id="schema-TokenRequest"')[2].partition("</details>")[0]
    fields = dict(re.findall(r"<code>(\w+)</code>( <span[^>]*>required</span>)?</dt>", token))
    assert fields["name"] and fields["scopes"] and not fields["days"]
    shown = page.partition('id="schema-Token"')[2].partition("</details>")[0]
    assert "last_used" in shown and "required" not in shown


def test_the_page_says_of_a_choice_what_it_may_be(db):
    page = APIClient().get("/api/docs/").content.decode()
    assert "SelectionRequest or SelectionLabelRequest" in page
    scopes = page.partition('id="schema-ScopesEnum"')[2].partition("</details>")[0]
    assert "\n* <code>draw</code> - read ink and save drawings\n" in scopes
    roles = page.partition('id="schema-RoleEnum"')[2].partition("</details>")[0]
    assert "one of &quot;owner&quot;, &quot;reviewer&quot;</dd>" in roles


def test_a_description_is_escaped():
    assert with_code("`<b>` & <i>") == "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"
    assert with_code("a ` alone") == "a ` alone"
