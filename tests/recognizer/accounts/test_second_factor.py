"""A second factor: set up, asked for, and required of who has a role where the site says so."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core import mail
from django.core.cache import caches
from django.test import Client

from tests.people import confirmed, person, program_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
ACTIVATE, INDEX = "/accounts/2fa/totp/activate/", "/accounts/2fa/"
LOGIN = {"login": "boris", "password": "a long passphrase"}


@pytest.fixture
def boris(db):
    """A member of staff without an address, so that there is none to verify."""
    user = person("boris", is_staff=True)
    user.email = ""
    user.save()
    return user


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time() // 30)))


def set_up(client: Client) -> str:
    """Adds an authenticator app to the account; returns the secret that it keeps."""
    page = confirmed(client).get(ACTIVATE).content.decode()
    secret = re.search(r'id="authenticator_secret"[^>]*value="(\w+)"', page)[1]
    assert client.post(ACTIVATE, {"code": code_of(secret)}).status_code == 302
    return secret


def test_who_set_one_up_is_asked_for_a_code(client, boris):
    secret = set_up(signed_in(boris, Client))
    asked = client.post("/accounts/login/", LOGIN)
    assert asked["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/account/").status_code == 302
    client.post(asked["Location"], {"code": "000000"})
    assert client.get("/account/").status_code == 302
    caches["default"].clear()  # else the code that set it up is spent for half a minute
    client.post(asked["Location"], {"code": code_of(secret)})
    assert client.get("/account/").status_code == 200


def test_a_recovery_code_opens_once(client, boris):
    owner = signed_in(boris, Client)
    set_up(owner)
    page = owner.get("/accounts/2fa/recovery-codes/").content.decode()
    code = re.search(r"\b\d{8}\b", page)[0]
    for opens in (True, False):
        visitor = Client()
        asked = visitor.post("/accounts/login/", LOGIN)
        visitor.post(asked["Location"], {"code": code})
        assert (visitor.get("/account/").status_code == 200) is opens


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_a_notice_tells_of_it(boris):
    boris.email = "boris@example.org"
    boris.save()
    boris.emailaddress_set.create(email=boris.email, verified=True, primary=True)
    set_up(signed_in(boris, Client))
    subjects = [letter.subject for letter in mail.outbox]
    assert any("Authenticator App Activated" in one for one in subjects), subjects


PAGES = ["/review/", "/runs/", "/versions/", "/dashboard/", "/admin/"]


def test_where_it_is_required_roles_wait_for_it(settings, champion, boris):
    settings.STAFF_NEEDS_MFA = True
    client = signed_in(boris, Client)
    for page in PAGES:
        led = client.get(page, follow=True)
        assert led.redirect_chain == [(INDEX, 302)]
        assert "This takes a second factor" in led.content.decode()
    for program in (signed_in(boris), program_of(boris)):
        answer = program.get("/api/review/next/")
        assert answer.status_code == 403
        assert "This takes a second factor" in answer.json()["error"]
    assert client.get("/").status_code == client.get("/account/").status_code == 200

    set_up(client)
    assert [client.get(page).status_code for page in PAGES] == [200] * 5
    assert program_of(boris).get("/api/review/next/").status_code == 200


def test_where_it_is_required_others_need_none(settings, champion, anna):
    settings.STAFF_NEEDS_MFA = True
    client = signed_in(anna, Client)
    assert client.get("/history/").status_code == 200
    assert client.get("/review/").status_code == 404


def test_where_it_is_not_required_roles_work_without(champion, boris):
    assert signed_in(boris, Client).get("/review/").status_code == 200
