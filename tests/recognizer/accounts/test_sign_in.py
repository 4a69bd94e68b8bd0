"""Tests signing in and up: its cost, what it reveals, and its rate limits."""

import datetime as dt
import itertools
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from allauth.core.internal import ratelimit
from django.contrib.auth.hashers import PBKDF2PasswordHasher, identify_hasher
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models.signals import pre_save
from django.test import Client
from django.utils import timezone

from digitsite import settings as shipped
from digitsite.extensions import hashers
from recognizer import tasks
from recognizer.models import User
from tests.people import confirmed, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
LOGIN, SIGN_UP = "/accounts/login/", "/accounts/signup/"
RIGHT, WRONG = "a long passphrase", "another passphrase"


class CountedArgon2(hashers.Argon2):
    """The site's, and how often it was asked."""

    asked = 0

    def encode(self, *args):
        type(self).asked += 1
        return super().encode(*args)

    def verify(self, *args):
        type(self).asked += 1
        return super().verify(*args)


@pytest.fixture
def counted(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedArgon2"]
    return CountedArgon2


def tried(client: Client, login: str, password: str = WRONG):
    return client.post(LOGIN, {"login": login, "password": password})


def words(response) -> str:
    """The page, without what differs each time and what was typed."""
    return re.sub(r'value="[^"]*"', "", response.content.decode())


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("anna", RIGHT),
        ("anna", WRONG),
        ("anna@example.org", RIGHT),
        ("anna@example.org", WRONG),
        ("nobody", WRONG),
        ("nobody@example.org", WRONG),
        ("closed", RIGHT),
        ("closed", WRONG),
        ("without", WRONG),
    ],
)
def test_one_hash_is_computed_whoever_it_is(client, counted, login, password):
    person("anna")
    person("closed", is_active=False)
    User.objects.create_user("without")
    counted.asked = 0
    tried(client, login, password)
    assert counted.asked == 1


@pytest.mark.parametrize("kind", ["{}", "{}@example.org"])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(client, anna, kind):
    known, unknown = (tried(client, kind.format(name)) for name in ("anna", "annb"))
    assert known.status_code == unknown.status_code == 200
    assert words(known) == words(unknown)


def test_a_password_is_hashed_by_argon2_within_bounds(settings):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    stored = person("anna").password
    assert identify_hasher(stored).algorithm == "argon2"
    assert "$m=19456,t=2,p=1$" in stored


def test_an_older_hash_opens_once_more_and_is_replaced(client, settings):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    user = person(
        "anna",
    )
    User.objects.update(password=PBKDF2PasswordHasher().encode(RIGHT, "salt-of-an-older-hash", 10))
    assert tried(client, "anna", RIGHT).status_code == 302
    user.refresh_from_db()
    assert identify_hasher(user.password).algorithm == "argon2"


def test_many_at_once_are_refused_in_words_and_others_answered(client, settings, anna):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    anna.set_password(RIGHT)
    anna.save()
    with ExitStack() as inside:
        for _ in range(settings.MOST_WAITING):
            inside.enter_context(hashers.queue._door)
        refused = tried(client, "anna", RIGHT)
        drawn = client.get("/")
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert b"Too many people are signing in right now." in refused.content
    assert drawn.status_code == 200
    assert tried(client, "anna", RIGHT).status_code == 302


@pytest.mark.parametrize(
    ("strangers", "mine"),
    [("192.0.2.66", "127.0.0.1"), ("::ffff:192.0.2.66", "::ffff:192.0.2.7")],
)
def test_a_stranger_locks_nobody_out(anna, strangers, mine):
    stranger, client = Client(REMOTE_ADDR=strangers), Client(REMOTE_ADDR=mine)
    answers = [tried(stranger, "anna").content.decode() for _ in range(8)]
    assert "Too many failed login attempts" in answers[-1]
    assert "Too many failed login attempts" in tried(stranger, "anna", RIGHT).content.decode()
    assert tried(client, "anna", RIGHT).status_code == 302


def test_nobody_takes_an_address_for_a_name(client, anna):
    named = {"username": "anna@example.org", "password1": RIGHT}
    response = client.post(SIGN_UP, named)
    assert "A username may contain only letters" in response.content.decode()
    assert tried(client, "anna@example.org", RIGHT).status_code == 302


def test_signing_up_does_not_tell_who_is_registered(anna):
    answers = []
    for name, address in (("berta", "anna@example.org"), ("carla", "carla@example.org")):
        client = Client()
        asked = {"username": name, "email": address, "password1": RIGHT}
        answers.append(
            (client.post(SIGN_UP, asked).status_code, client.get("/account/").status_code)
        )
    assert answers == [(302, 200)] * 2
    assert [letter.to for letter in mail.outbox] == [["anna@example.org"], ["carla@example.org"]]


def test_of_two_with_one_address_the_elder_signs_in_by_it(client, anna):
    signed_in(person("younger"), Client)
    User.objects.filter(username="younger").update(email="anna@example.org")
    assert tried(client, "anna@example.org", RIGHT).status_code == 302
    assert client.get("/account/").context["user"] == anna


def test_what_waits_too_long_for_a_hash_is_refused(client, settings, monkeypatch, anna):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    monkeypatch.setattr(hashers, "WAIT_SECONDS", 0.05)
    with hashers.queue.turn():
        assert tried(client, "nobody").status_code == 503
    assert tried(client, "nobody").status_code == 200


LOOKING_LIKE_OTHERS = {
    "Cyrillic a": "\u0430nna",
    "full width": "\uff41\uff4e\uff4e\uff41",
    "Greek alpha": "ann\u03b1",
    "ligature": "\ufb01nn",
    "a letter that shows nothing": "anna\u1160",
}


@pytest.mark.parametrize("name", LOOKING_LIKE_OTHERS.values(), ids=LOOKING_LIKE_OTHERS)
def test_nobody_takes_a_name_that_looks_like_another(client, anna, name):
    response = client.post(SIGN_UP, {"username": name, "password1": RIGHT})
    assert "plain letters of one script" in response.content.decode()


@pytest.mark.parametrize(
    "name", ["\u0430\u043d\u043d\u0430", "\u03b1\u03bd\u03bd\u03b1", "zoë-1", "太郎さん"]
)
def test_names_of_every_script_are_taken(client, db, name):
    assert client.post(SIGN_UP, {"username": name, "password1": RIGHT}).status_code == 302


def test_of_two_who_take_a_name_at_once_the_second_is_told(client):
    """The first takes it after the second's form was checked."""

    def take(sender: type[User], instance: User, **_: object) -> None:
        pre_save.disconnect(take, sender=User)
        person("zoe")

    pre_save.connect(take, sender=User)
    response = client.post(SIGN_UP, {"username": "Zoe", "password1": RIGHT})

    assert response.status_code == 200
    assert "already exists" in response.content.decode()
    # The first is made in the second's transaction here, and goes with it.
    assert not User.objects.filter(username="Zoe").exists()


def test_a_name_is_one_in_any_capitals():
    person("zoe")
    with pytest.raises(IntegrityError), transaction.atomic():
        person("Zoe")


@pytest.fixture
def minutes(monkeypatch) -> Iterator[float]:
    """One minute after the other, by the clock of the rate limits."""
    clock = SimpleNamespace(**vars(time))
    monkeypatch.setattr(ratelimit, "time", clock)

    def pass_by() -> Iterator[float]:
        for minute in itertools.count():
            now = time.time() + 61 * minute
            clock.time = lambda now=now: now
            yield now

    return pass_by()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "form", "a_minute", "a_day"),
    [
        ("/accounts/password/reset/", {}, 20, 200),
        ("/accounts/email/", {"action_add": ""}, 10, 50),
    ],
)
def test_nobody_has_the_site_fill_mailboxes(anna, minutes, address, form, a_minute, a_day):
    client = confirmed(signed_in(anna, Client)) if "email" in address else Client()
    for _, minute in zip(minutes, range(a_day // a_minute + 1), strict=False):
        for n in range(a_minute):
            client.post(address, form | {"email": f"somebody{minute}-{n}@example.org"})
    written_to = {recipient for mail_ in mail.outbox for recipient in mail_.to} - {anna.email}
    assert len(written_to) == a_day


def test_expired_sessions_do_not_remain(anna):
    signed_in(anna, Client)
    kept = Session.objects.get()
    expired = timezone.now() - dt.timedelta(seconds=1)
    Session.objects.create(session_key="old", session_data="", expire_date=expired)
    tasks.erase_expired()
    assert Session.objects.get() == kept


@pytest.mark.parametrize("address", ["http://[x", "//[::1"])
def test_an_address_that_is_none_leads_nowhere(client, anna, address):
    for path, status in (("/accounts/login/", 200), ("/admin/login/", 302)):
        assert client.get(path, {"next": address}).status_code == status

    sent = {"login": "anna", "password": "a long passphrase", "next": address}
    assert client.post("/accounts/login/", sent)["Location"] == "/"


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("http://site.example:8000/about/", True),
        ("http://site.example/about/", False),
        ("http://site.example:8001/about/", False),
        ("https://trusted.example/about/", True),
        ("/about/", True),
    ],
)
def test_signing_in_leads_to_no_other_port(client, anna, settings, address, leads):
    settings.ALLOWED_HOSTS = ["site.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example"]
    sent = {"login": "anna", "password": "a long passphrase", "next": address}
    answer = client.post("/accounts/login/", sent, headers={"Host": "site.example:8000"})
    assert answer["Location"] == (address if leads else "/")
