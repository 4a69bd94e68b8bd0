"""A second factor: set up, asked for, and required of who has a role where the site says so."""

import re
import time
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core import mail
from django.core.cache import caches
from django.db.models.signals import pre_save
from django.test import Client

from tests.people import confirmed, person, program_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
ACTIVATE, INDEX = "/accounts/2fa/totp/activate/", "/accounts/2fa/"
LOGIN = {"login": "boris", "password": "a long passphrase"}
TOO_MANY = "Too many failed login attempts"


@pytest.fixture(autouse=True)
def slow_is_not_late(settings):
    """A code still counts if half a minute ends before it is read."""
    settings.MFA_TOTP_TOLERANCE = 1


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


def secret_for(client: Client) -> str:
    """The secret of an app that is about to be added."""
    page = confirmed(client).get(ACTIVATE).content.decode()
    return re.search(r'id="authenticator_secret"[^>]*value="(\w+)"', page)[1]


def set_up(client: Client) -> str:
    """Adds an authenticator app to the account; returns the secret that it keeps."""
    secret = secret_for(client)
    assert client.post(ACTIVATE, {"code": code_of(secret)}).status_code == 302
    return secret


def test_an_app_added_twice_at_the_same_moment_is_added_once(boris):
    first, second = signed_in(boris, Client), signed_in(boris, Client)
    late = {"code": code_of(secret_for(first))}

    def overtake(**signal: object) -> None:
        pre_save.disconnect(overtake, sender=Authenticator)
        set_up(second)

    pre_save.connect(overtake, sender=Authenticator)
    assert first.post(ACTIVATE, late)["Location"] == "/accounts/2fa/totp/deactivate/"


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


def recovery_codes(owner: Client) -> list[str]:
    page = owner.get("/accounts/2fa/recovery-codes/").content.decode()
    return re.findall(r"\b\d{8}\b", page)


def sign_in(name: str, code: str) -> tuple[bool, str]:
    """With the right password and that code: whether it opens, and the page that follows."""
    visitor = Client()
    asked = visitor.post("/accounts/login/", LOGIN | {"login": name})
    page = visitor.post(asked["Location"], {"code": code}, follow=True).content.decode()
    return visitor.get("/account/").status_code == 200, page


def test_a_recovery_code_opens_once(boris):
    owner = signed_in(boris, Client)
    set_up(owner)
    code = recovery_codes(owner)[0]
    assert [sign_in("boris", code)[0] for _ in range(2)] == [True, False]


def test_a_person_changes_it_so_often(boris):
    """Each change is recorded and mailed."""
    owner = signed_in(boris, Client)
    set_up(owner)
    generate = "/accounts/2fa/recovery-codes/generate/"

    # Setting it up was the first.
    assert [owner.post(generate).status_code for _ in range(20)] == [302] * 19 + [429]
    assert owner.get(generate).status_code == 200


def test_a_session_from_before_does_nothing_by_the_password_alone(boris):
    earlier, owner = signed_in(boris, Client), signed_in(boris, Client)
    set_up(owner)
    asked = earlier.post(
        f"/accounts/reauthenticate/?next={ACTIVATE}", {"password": LOGIN["password"]}
    )
    assert asked["Location"] == f"/accounts/2fa/reauthenticate/?{urlencode({'next': ACTIVATE})}"
    new = {
        "oldpassword": LOGIN["password"],
        "password1": "a passphrase of theirs",
        "password2": "a passphrase of theirs",
    }
    changed = earlier.post("/accounts/password/change/", new)
    assert changed["Location"].startswith("/accounts/reauthenticate/")
    boris.refresh_from_db()
    assert boris.check_password(LOGIN["password"])
    remove = "/accounts/2fa/totp/deactivate/"
    assert earlier.post(remove)["Location"].startswith("/accounts/reauthenticate/")
    assert is_mfa_enabled(boris)
    earlier.post("/accounts/2fa/reauthenticate/", {"code": recovery_codes(owner)[0]})
    earlier.post(remove)
    assert not is_mfa_enabled(boris)


def test_a_right_code_after_four_wrong_ones_opens(boris):
    owner = signed_in(boris, Client)
    set_up(owner)
    right = recovery_codes(owner)
    for _ in range(2):
        assert not any(sign_in("boris", "000000")[0] for _ in range(4))
        assert sign_in("boris", right.pop())[0]


def signs_in(attacker: Client, codes: list[str]) -> None:
    assert sign_in("anna", codes.pop())[0]


def reauthenticates(attacker: Client, codes: list[str]) -> None:
    answer = attacker.post("/accounts/2fa/reauthenticate/", {"code": codes.pop()})
    assert answer.status_code == 302


def sets_up_again(attacker: Client, codes: list[str]) -> None:
    assert attacker.post("/accounts/2fa/totp/deactivate/").status_code == 302
    set_up(attacker)


def resets_the_password(attacker: Client, codes: list[str]) -> None:
    visitor = Client()
    visitor.post("/accounts/password/reset/", {"email": "anna@example.org"})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)[0]
    form = visitor.get(link)["Location"]
    password = LOGIN["password"]
    answer = visitor.post(form, {"password1": password, "password2": password})
    assert answer["Location"] == "/accounts/password/reset/key/done/"


WAYS = [signs_in, reauthenticates, sets_up_again, resets_the_password]


@pytest.mark.parametrize("succeeds", WAYS)
def test_what_another_account_does_gives_no_more_codes(anna, boris, succeeds):
    owner, attacker = signed_in(boris, Client), signed_in(anna, Client)
    set_up(owner)
    set_up(attacker)
    right, own = recovery_codes(owner), recovery_codes(attacker)
    for _ in range(5):
        opens, page = sign_in("boris", "000000")
        assert not opens
        assert "Incorrect code" in page
    succeeds(attacker, own)
    opens, page = sign_in("boris", right[0])
    assert not opens
    assert TOO_MANY in page


@pytest.mark.parametrize("succeeds", WAYS)
def test_what_another_account_does_gives_no_more_passwords(anna, boris, succeeds):
    attacker = signed_in(anna, Client)
    set_up(attacker)
    own = recovery_codes(attacker)
    wrong = LOGIN | {"password": "another passphrase"}
    pages = [Client().post("/accounts/login/", wrong).content.decode() for _ in range(4)]
    succeeds(attacker, own)
    pages += [Client().post("/accounts/login/", wrong).content.decode() for _ in range(2)]
    assert [TOO_MANY in page for page in pages] == [False] * 5 + [True]


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_a_notice_tells_of_it(boris):
    boris.email = "boris@example.org"
    boris.save()
    boris.emailaddress_set.create(email=boris.email, verified=True, primary=True)
    set_up(signed_in(boris, Client))
    subjects = [letter.subject for letter in mail.outbox]
    assert any("Authenticator app activated" in one for one in subjects), subjects


PAGES = ["/review/", "/runs/", "/versions/", "/dashboard/", "/admin/"]


# What follows a commit is part of it.
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_where_it_is_required_roles_wait_for_it(settings, broker, champion, boris):
    settings.STAFF_NEEDS_MFA = True
    client = signed_in(boris, Client)
    for page in PAGES:
        led = client.get(page, follow=True)
        assert led.redirect_chain == [(INDEX, 302)]
        assert "This needs two-factor authentication" in led.content.decode()
    for program in (signed_in(boris), program_of(boris)):
        answer = program.get("/api/review/next/")
        assert answer.status_code == 403
        assert "This needs two-factor authentication" in answer.json()["error"]
    assert client.get("/").status_code == client.get("/account/").status_code == 200

    set_up(client)
    assert [client.get(page).status_code for page in PAGES] == [200] * 5
    assert program_of(boris).get("/api/review/next/").status_code == 200


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_where_it_is_required_a_session_by_the_password_alone_is_asked_for_it(
    settings, broker, champion, boris
):
    settings.STAFF_NEEDS_MFA = True
    stolen = signed_in(boris, Client)
    secret = set_up(signed_in(boris, Client))
    for page in PAGES:
        assert stolen.get(page)["Location"].startswith("/accounts/2fa/reauthenticate/?next=")
    answer = stolen.get("/api/review/next/")
    assert answer.status_code == 403
    assert "has not asked for yet" in answer.json()["error"]
    assert stolen.get("/account/").status_code == 200

    caches["default"].clear()  # else the code that set it up is spent for half a minute
    back = stolen.post("/accounts/2fa/reauthenticate/?next=/runs/", {"code": code_of(secret)})
    assert back["Location"] == "/runs/"
    assert [stolen.get(page).status_code for page in PAGES] == [200] * 5
    assert stolen.get("/api/review/next/").status_code == 200


def test_where_it_is_required_others_need_none(settings, champion, anna):
    settings.STAFF_NEEDS_MFA = True
    client = signed_in(anna, Client)
    assert client.get("/history/").status_code == 200
    assert client.get("/review/").status_code == 404


def test_where_it_is_not_required_roles_work_without(champion, boris):
    assert signed_in(boris, Client).get("/review/").status_code == 200
