"""What the thief of a session cannot do, and what its owner is told."""

from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from recognizer.models import ApiToken, User
from tests.people import confirmed, person, program_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
CONFIRM = "/accounts/reauthenticate/"
EMAIL = "/accounts/email/"
PASSKEY = "/accounts/2fa/webauthn/add/"
TOKEN = {"name": "mine", "scopes": ["read"], "days": "90"}


@pytest.fixture
def thief(anna) -> Client:
    """Somebody with Anna's session, who does not know her password."""
    EmailAddress.objects.create(user=anna, email=anna.email, verified=True, primary=True)
    return signed_in(anna, Client)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", EMAIL, {"action_add": "", "email": "thief@example.org"}),
        ("post", EMAIL, {"action_remove": "", "email": "anna@example.org"}),
        ("post", "/account/tokens/", TOKEN),
        ("post", "/account/leave/", {"username": "anna"}),
        ("get", "/history/export/?type=csv", None),
        ("get", "/accounts/2fa/totp/activate/", None),
        ("get", "/accounts/2fa/webauthn/add/", None),
    ],
)
def test_a_page_asks_for_the_password_first(thief, anna, method, path, body):
    answer = getattr(thief, method)(path, body)
    assert answer.status_code == 302
    assert answer["Location"].startswith(CONFIRM)
    assert User.objects.filter(pk=anna.pk).exists()
    assert not ApiToken.objects.exists()
    assert [one.email for one in EmailAddress.objects.all()] == ["anna@example.org"]
    assert mail.outbox == []


@pytest.mark.parametrize(
    "path",
    [
        PASSKEY,
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/recovery-codes/generate/",
    ],
)
def test_nothing_is_kept_of_who_is_not_signed_in(client, db, path):
    answer = client.post(path, {"name": "x"})

    assert answer["Location"] == f"/accounts/login/?next={path}"
    assert not Session.objects.exists()


@pytest.mark.parametrize(("note", "is_kept"), [("short", True), ("x" * 50_000, False)])
def test_a_long_form_is_not_kept_while_the_password_is_asked_for(thief, note, is_kept):
    answer = thief.post(PASSKEY, {"name": note})

    assert answer["Location"] == f"{CONFIRM}?{urlencode({'next': PASSKEY})}"
    assert ("account_reauthentication_state" in thief.session) == is_kept


def test_a_password_is_changed_by_who_knows_it(thief, anna):
    new = {"password1": "another passphrase", "password2": "another passphrase"}
    thief.post("/accounts/password/change/", new | {"oldpassword": "guessed"})
    anna.refresh_from_db()
    assert anna.check_password("a long passphrase")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/tokens/", {"name": "mine", "scopes": ["read"]}),
        ("delete", "/api/account/", None),
        ("get", "/api/drawings/export/?type=csv", None),
    ],
)
def test_the_api_refuses_a_session_until_it_is_confirmed(anna, method, path, body):
    session = signed_in(anna)
    answer = getattr(session, method)(path, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "confirmation_needed")
    assert CONFIRM in answer.json()["error"]
    done = getattr(confirmed(session), method)(path, body, format="json")
    assert done.status_code < 300
    b"".join(done)


def test_a_confirmation_ends_after_five_minutes(anna, monkeypatch):
    client = confirmed(signed_in(anna, Client))
    session = client.session
    [record] = session["account_authentication_methods"]
    session["account_authentication_methods"] = [record | {"at": record["at"] - 301}]
    session.save()
    assert client.post("/account/tokens/", TOKEN)["Location"].startswith(CONFIRM)


def test_what_was_asked_for_is_done_once_it_is_confirmed(anna):
    client = signed_in(anna, Client)
    asked = client.post("/account/tokens/", TOKEN)
    done = client.post(asked["Location"], {"password": "a long passphrase"})
    assert "digit_" in client.get(done["Location"]).content.decode()
    assert ApiToken.objects.count() == 1


def test_a_wrong_password_confirms_nothing(anna):
    client = signed_in(anna, Client)
    assert client.post(CONFIRM, {"password": "guessed"}).status_code == 200
    assert client.post("/account/tokens/", TOKEN)["Location"].startswith(CONFIRM)


def test_an_address_gets_so_many_notices(anna, caplog):
    """It is not verified: it may be somebody else's."""
    client = confirmed(signed_in(anna))
    for _ in range(12):
        b"".join(client.get("/history/export/?type=csv"))

    assert len(mail.outbox) == 10
    assert "got too many mails" in caplog.text


def test_a_token_exports_without_a_notice(anna):
    answer = program_of(anna, scopes=["read"]).get("/api/drawings/export/?type=csv")
    assert answer.status_code == 200
    b"".join(answer)
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("method", "path", "body", "subject"),
    [
        ("post", "/account/tokens/", TOKEN, "API token created"),
        ("post", "/account/leave/", {"username": "anna"}, "Account deleted"),
        ("get", "/history/export/?type=csv", None, "Drawings exported"),
        ("post", EMAIL, {"action_add": "", "email": "new@example.org"}, "Email address added"),
    ],
)
def test_a_notice_tells_of_it(thief, anna, method, path, body, subject):
    b"".join(getattr(confirmed(thief), method)(path, body))
    [told] = [letter for letter in mail.outbox if letter.to == [anna.email]]
    assert subject in told.subject


@pytest.mark.parametrize("path", [EMAIL, "/accounts/signup/"])
def test_an_address_is_as_long_as_the_database_has_room_for(anna, path):
    client = confirmed(signed_in(anna, Client)) if path == EMAIL else Client()
    sent = {"action_add": "", "username": "new", "password1": "a long passphrase"}
    long = f"a@{'.'.join(['b' * 60] * 5)}.org"  # Django's own field takes 320 characters
    page = client.post(path, sent | {"email": long})
    assert page.status_code == 200
    assert "at most 254 characters" in page.content.decode()


@pytest.mark.parametrize("domain", ["ü" * 60 + ".de", "\N{IDEOGRAPHIC FULL STOP}.com"])
@pytest.mark.parametrize("path", [EMAIL, "/accounts/signup/", "/accounts/password/reset/"])
def test_an_address_has_a_domain_that_mail_can_be_sent_to(anna, path, domain):
    client = confirmed(signed_in(anna, Client)) if path == EMAIL else Client()
    sent = {"action_add": "", "username": "new", "password1": "a long passphrase"}
    page = client.post(path, sent | {"email": f"a@{domain}"})
    assert page.status_code == 200
    assert "Enter a valid email address." in page.content.decode()


def test_a_notice_says_what_where_and_by_which_browser(anna):
    client = confirmed(signed_in(anna, Client))
    client.post("/account/tokens/", TOKEN, HTTP_USER_AGENT="Browser 1.0")
    [letter] = mail.outbox
    assert letter.to == ["anna@example.org"]
    made = (
        "The API token “mine” has been created for your account. It may: see and export drawings."
    )
    for words in (made, "127.0.0.1", "Browser 1.0"):
        assert words in letter.body


@pytest.fixture
def no_mail(settings) -> None:
    """A mail server that does not answer."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def test_what_is_done_stays_done_where_no_notice_can_be_sent(anna, no_mail, caplog):
    client = confirmed(signed_in(anna, Client))
    assert client.post("/account/tokens/", TOKEN)["Location"] == "/account/"
    assert "A mail could not be sent (account/email/token_made)" in caplog.text


def test_one_signs_up_where_no_mail_can_be_sent(no_mail, db):
    client = Client()
    sent = {"username": "new", "password1": "a long passphrase", "email": "new@example.org"}
    assert client.post("/accounts/signup/", sent)["Location"] == "/"
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("address", ["anna@example.org", "nobody@example.org"])
def test_a_reset_says_where_no_mail_can_be_sent(anna, no_mail, address):
    EmailAddress.objects.create(user=anna, email="anna@example.org", primary=True, verified=True)
    page = Client().post("/accounts/password/reset/", {"email": address})
    assert page.status_code == 503
    assert "No mail can be sent at the moment." in page.content.decode()


def test_an_address_that_is_not_verified_never_becomes_primary(anna):
    for address, primary in (("anna@example.org", True), ("other@example.org", False)):
        EmailAddress.objects.create(user=anna, email=address, primary=primary)
    client = confirmed(signed_in(anna, Client))
    assert client.post(EMAIL, {"action_primary": "", "email": "\0"}).status_code == 302
    asked = {"action_primary": "", "email": "Other@example.org"}
    page = client.post(EMAIL, asked, follow=True)
    assert "Your primary email address must be verified." in page.content.decode()
    assert EmailAddress.objects.get(primary=True).email == "anna@example.org"
    EmailAddress.objects.update(verified=True)
    client.post(EMAIL, asked)
    assert EmailAddress.objects.get(primary=True).email == "other@example.org"


CHANGES_IN_ADMIN = [
    ("post", "recognizer/user/{pk}/change/"),
    ("get", "recognizer/user/{pk}/change/"),
    ("post", "recognizer/user/{pk}/password/"),
    ("post", "recognizer/user/{pk}/delete/"),
    ("post", "recognizer/user/add/"),
    ("post", "recognizer/user/"),
    ("post", "auth/group/add/"),
    ("post", "account/emailaddress/add/"),
    ("post", "account/emailaddress/"),
    ("post", "mfa/authenticator/"),
    ("post", "recognizer/apitoken/"),
    ("post", "django_celery_beat/periodictask/"),
    ("post", "django_celery_beat/periodictask/add/"),
    ("get", "django_celery_beat/crontabschedule/add/"),
    ("get", "django_celery_beat/intervalschedule/add/"),
    ("get", "django_celery_beat/solarschedule/add/"),
    ("get", "django_celery_beat/clockedschedule/add/"),
]


@pytest.mark.parametrize(("method", "page"), CHANGES_IN_ADMIN)
def test_the_admin_asks_for_the_password_before_changes(anna, method, page):
    boss = signed_in(person("boss", is_staff=True, is_superuser=True), Client)
    path = f"/admin/{page.format(pk=anna.pk)}"
    sent = {"password1": "stolen", "post": "yes"} if method == "post" else {}
    asked = getattr(boss, method)(path, sent)
    assert asked["Location"] == f"{CONFIRM}?{urlencode({'next': path})}"
    assert "stolen" not in str(dict(boss.session))
    assert getattr(confirmed(boss), method)(path).status_code != 403


GIVES_RIGHTS = [
    ("recognizer", "user", "{pk}/change/", {"is_staff": "on", "is_superuser": "on"}),
    ("recognizer", "user", "{pk}/password/", {"password1": "of the clerk"}),
    ("recognizer", "user", "{pk}/delete/", {"post": "yes"}),
    ("recognizer", "user", "add/", {"username": "other"}),
    ("auth", "group", "add/", {"name": "Everything"}),
    ("account", "emailaddress", "add/", {"user": "{pk}", "verified": "on"}),
]


@pytest.mark.parametrize(("app", "kind", "page", "sent"), GIVES_RIGHTS)
def test_who_is_no_superuser_makes_none_in_the_admin(anna, app, kind, page, sent):
    """Whatever else they may do there."""
    clerk = person("clerk", is_staff=True)
    for act in ("view", "add", "change", "delete"):
        type_ = ContentType.objects.get(app_label=app, model=kind)
        codename = f"{act}_{kind}"
        clerk.user_permissions.add(
            Permission.objects.get_or_create(content_type=type_, codename=codename)[0]
        )
    boss, client = person("boss", is_superuser=True), confirmed(signed_in(clerk, Client))
    for one in (boss, clerk):
        path = f"/admin/{app}/{kind}/{page.format(pk=one.pk)}"
        assert client.post(path, sent).status_code == 403
    assert client.get(f"/admin/{app}/{kind}/").status_code == 200


def test_the_admin_of_people_is_looked_at_without_it(anna):
    boss = signed_in(person("boss", is_staff=True, is_superuser=True), Client)
    assert boss.get("/admin/recognizer/user/").status_code == 200
    refused = signed_in(anna, Client).get("/admin/recognizer/user/add/")
    assert refused["Location"].startswith("/admin/login/")
