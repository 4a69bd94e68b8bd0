"""Passkeys: what no authenticator sends, and how many challenges an address gets."""

import base64
import json

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client

from recognizer.accounts.overrides import passkeys
from tests.people import confirmed, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
ADD, SIGN_IN = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/"
AJAX = {"X-Requested-With": "XMLHttpRequest"}
DATA = base64.urlsafe_b64encode(
    b'{"type":"webauthn.create","challenge":"AA","origin":"x"}'
).decode()
UNREADABLE = ["AAAA", "", "gQ" * 4_000, 5, None, [], DATA]


def credential(part: object, name: str) -> str:
    """A credential with this part of the response."""
    response = {"clientDataJSON": DATA, name: part}
    return json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response})


@pytest.mark.parametrize("part", UNREADABLE)
@pytest.mark.parametrize("name", ["attestationObject", "clientDataJSON"])
def test_an_unreadable_new_one_is_wrong(anna, part, name):
    client = confirmed(signed_in(anna, Client))
    client.get(ADD)
    answer = client.post(ADD, {"name": "key", "credential": credential(part, name)})
    assert answer.status_code == 200 and answer.context["form"].errors


@pytest.mark.parametrize("part", UNREADABLE)
@pytest.mark.parametrize("name", ["userHandle", "authenticatorData", "signature"])
def test_an_unreadable_one_signs_nobody_in(client, anna, part, name):
    client.get(SIGN_IN, headers=AJAX)
    handle = base64.urlsafe_b64encode(b"999999999999999999999999").decode()
    sent = json.loads(credential(part, name))
    whole = {"userHandle": handle, "authenticatorData": "A" * 64, "signature": "AAAA"}
    sent["response"] = whole | sent["response"]
    answer = client.post(SIGN_IN, {"credential": json.dumps(sent)})
    assert answer["Location"] == "/accounts/login/" and "_auth_user_id" not in client.session


@pytest.mark.parametrize("sent", ["1" * 5_000, "[" * 90_000, "NaN", "{"])
def test_what_is_no_json_is_wrong(client, anna, sent):
    assert client.post(SIGN_IN, {"credential": sent})["Location"] == "/accounts/login/"
    owner = confirmed(signed_in(anna, Client))
    assert owner.post(ADD, {"name": "key", "credential": sent}).context["form"].errors


def test_a_person_has_so_many_with_names_of_bounded_length(anna):
    client = confirmed(signed_in(anna, Client))
    long = client.post(ADD, {"name": "x" * 101, "credential": "{}"})
    assert "at most 100 characters" in str(long.context["form"].errors)
    mine = [Authenticator(user=anna, type="webauthn", data={}) for _ in range(passkeys.MOST)]
    Authenticator.objects.bulk_create(mine)
    form = passkeys.AddForm({"name": "x", "credential": "{}"}, user=anna)
    assert form.errors["__all__"] == ["You have 20 of them already: remove one first."]


def test_an_address_gets_so_many_challenges(db):
    given = [Client().get(SIGN_IN, headers=AJAX).status_code for _ in range(31)]
    assert given == [200] * 30 + [429]
    assert Session.objects.count() == 30
