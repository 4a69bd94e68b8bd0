"""The audit log: what is written into it, by whom it is read, and what is forgotten."""

import datetime as dt
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from recognizer import tasks
from recognizer.accounts import roles
from recognizer.models import ApiToken, AuditEvent, User
from tests.people import confirmed, drawn_by, grant, person, program_of, register, signed_in
from tests.recognizer.accounts.test_second_factor import set_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
Kind = AuditEvent.Kind
PASSWORD = "a long passphrase"
NEW = {"password1": "another passphrase", "password2": "another passphrase"}
TEACHES = "My drawings may train the model"
LOG = "/admin/recognizer/auditevent/"


@pytest.fixture
def boss(db) -> Client:
    client = confirmed(signed_in(person("boss", is_staff=True, is_superuser=True), Client))
    AuditEvent.objects.all().delete()
    return client


def events(*kinds: Kind) -> list[tuple[str | None, str | None, str]]:
    """Who did what to whom, oldest first."""
    found = AuditEvent.objects.filter(kind__in=kinds).order_by("pk")
    return [
        (one.by and one.by.username, one.person and one.person.username, one.about) for one in found
    ]


def sign_in(name: str, password: str = PASSWORD, **headers: str) -> Client:
    client = Client(headers=headers)
    client.post("/accounts/login/", {"login": name, "password": password})
    return client


def test_sign_ins_and_failed_ones(anna):
    sign_in("anna")
    sign_in("anna@example.org", "wrong")
    sign_in("nobody-here", "wrong")
    assert events(Kind.SIGN_IN) == [("anna", "anna", "")]
    assert events(Kind.SIGN_IN_FAILED) == [(None, "anna", ""), (None, None, "")]
    assert {one.address for one in AuditEvent.objects.all()} == {"127.0.0.1"}


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "2.2.2.2")])
def test_the_address_is_the_one_that_the_proxies_vouch_for(settings, anna, proxies, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    sign_in("anna", **{"X-Forwarded-For": "1.1.1.1, 2.2.2.2"})
    assert AuditEvent.objects.get(kind=Kind.SIGN_IN).address == address


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_second_factors(anna):
    anna.emailaddress_set.create(email=anna.email, verified=True, primary=True)
    set_up(signed_in(anna, Client))
    assert events(Kind.SECOND_FACTOR) == [
        ("anna", "anna", "TOTP Authenticator added"),
        ("anna", "anna", "Recovery codes added"),
    ]


def test_passwords_and_tokens(anna):
    client = confirmed(signed_in(anna, Client))
    client.post("/account/tokens/", {"name": "my diary", "scopes": "draw", "days": "90"})
    client.post(f"/account/tokens/{ApiToken.objects.get().public_id}/revoke/")
    client.post("/accounts/password/change/", NEW | {"oldpassword": PASSWORD})
    mine = ("anna", "anna")
    assert events(Kind.TOKEN_MADE, Kind.TOKEN_REVOKED) == [(*mine, "draw"), (*mine, "draw")]
    assert events(Kind.PASSWORD) == [(*mine, "")]


def test_no_secret_and_no_name_of_a_token_is_written(anna):
    client = confirmed(sign_in("anna"))
    client.post("/accounts/login/", {"login": PASSWORD, "password": PASSWORD})
    made = {"name": "my diary", "scopes": ["draw"]}
    secret = client.post("/api/tokens/", made, content_type="application/json").json()["token"]
    written = str(list(AuditEvent.objects.values()))
    assert not any(word in written for word in (PASSWORD, secret, "diary", "anna"))


def test_roles_and_what_is_done_in_the_admin(boss, anna):
    group, _ = Group.objects.get_or_create(name="Reviewers")
    page = f"/admin/recognizer/user/{anna.pk}"
    form = {"username": "anna", "date_joined_0": "2026-01-01", "date_joined_1": "10:00:00"}
    sent = form | {"is_active": "on", "groups": [group.pk]}
    assert boss.post(f"{page}/change/", sent).status_code == 302
    boss.post(f"{page}/password/", NEW | {"usable_password": "true"})
    anna.groups.clear()
    assert events(Kind.ROLE) == [
        ("boss", "anna", "given: Reviewers"),
        (None, "anna", "all taken: "),
    ]
    changed = f"Change: user {anna.pk}"
    assert events(Kind.ADMIN) == [
        ("boss", None, f"{changed} (Email address, Groups, Date joined, {TEACHES})"),
        ("boss", None, f"{changed} (password)"),
    ]
    assert events(Kind.PASSWORD) == [("boss", "anna", "in the admin")]


def test_who_is_made_staff_or_closed_by_whatever_way(anna):
    anna.is_superuser = anna.is_staff = True
    anna.is_active = False
    anna.save(update_fields=["is_superuser", "last_login"])
    assert events(Kind.ROLE) == [(None, "anna", "given: superuser")]
    anna.save()
    anna.save()
    both = {(None, "anna", "given: staff"), (None, "anna", "taken: active")}
    assert set(events(Kind.ROLE)[1:]) == both and len(events(Kind.ROLE)) == 3


def test_who_is_new_with_all_rights():
    person("carl", is_superuser=True)
    assert events(Kind.ROLE) == [(None, "carl", "given: superuser")]


def test_what_a_group_may_is_changed(boss):
    group, _ = Group.objects.get_or_create(name="Reviewers")
    group.permissions.clear()
    may = Permission.objects.get(codename="delete_user")
    form = {"name": "Reviewers", "permissions": [may.pk]}
    boss.post(f"/admin/auth/group/{group.pk}/change/", form)
    assert events(Kind.ROLE)[-1] == ("boss", None, f"Reviewers: given: {may}")


def test_email_addresses(anna):
    client = confirmed(signed_in(anna, Client))
    own = EmailAddress.objects.create(user=anna, email=anna.email, verified=True, primary=True)
    page = "/accounts/email/"
    client.post(page, {"action_add": "", "email": "new@example.org"})
    new = EmailAddress.objects.get(email="new@example.org")
    key = EmailConfirmationHMAC(new).key
    client.post(f"/accounts/confirm-email/{key}/")
    client.post(page, {"action_primary": "", "email": new.email})
    client.post(page, {"action_remove": "", "email": own.email})
    acts = ["added", "verified", "another is primary", "removed"]
    assert events(Kind.EMAIL) == [("anna", "anna", act) for act in acts]


def test_what_is_deleted_many_at_once_in_the_admin(boss, anna):
    numbers = [drawn_by(anna, answered=False).pk for _ in range(2)]
    asked = {"action": "delete_selected", "_selected_action": numbers}
    boss.post("/admin/recognizer/drawing/", asked)
    assert events(Kind.ADMIN) == []
    boss.post("/admin/recognizer/drawing/", asked | {"post": "yes"})
    newest, oldest = sorted(numbers, reverse=True)
    assert events(Kind.ADMIN) == [("boss", None, f"Deletion: drawing {newest}, {oldest}")]


def test_promotions(champion):
    other = register(3, origin="trained")
    client = signed_in(grant(person("pia"), roles.PROMOTE), Client)
    client.post(f"/versions/{other.pk}/champion/", {"reason": "A try."})
    words = f"version {other.pk} in place of {champion.pk}"
    assert events(Kind.PROMOTION) == [("pia", None, words)]


def test_exports(anna):
    confirmed(signed_in(anna, Client)).get("/history/export/?type=csv").getvalue()
    program_of(anna).get("/api/drawings/export/?type=jsonl").getvalue()
    assert events(Kind.EXPORT) == [("anna", None, "csv"), ("anna", None, "jsonl")]


def test_repeated_exports_once_an_hour(anna):
    """From each network: somebody else may have the token."""
    program, there = program_of(anna), {"REMOTE_ADDR": "2001:db8::1"}
    nearby, csv = {"REMOTE_ADDR": "2001:db8::2"}, "/api/drawings/export/?type=csv"
    for address in ({}, there, nearby, {}):
        program.get(csv, **address).getvalue()
    assert len(events(Kind.EXPORT)) == 2
    AuditEvent.objects.update(at=timezone.now() - dt.timedelta(hours=2))
    program.get(csv).getvalue()
    assert len(events(Kind.EXPORT)) == 3


def test_denials_once_a_minute(anna, bert):
    for _ in range(3):
        signed_in(anna).get("/api/runs/")
    program_of(bert, scopes=["draw"]).get("/api/drawings/1/")
    Client().get("/api/runs/")
    assert events(Kind.DENIED) == [
        ("anna", None, "GET /api/runs/$"),
        ("bert", None, r"GET /api/drawings/(?P<pk>\d{1,18})/$"),
    ]
    AuditEvent.objects.update(at=timezone.now() - dt.timedelta(minutes=2))
    signed_in(anna).get("/api/runs/")
    assert len(events(Kind.DENIED)) == 3


def test_methods_that_are_made_up_do_not_fill_it(anna):
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    for method in ("ONE", "TWO", "THREE" * 200):
        assert client.generic(method, "/account/leave/").status_code == 403
    assert events(Kind.DENIED) == [("anna", None, "another method /account/leave/")]


def test_of_a_deleted_account_the_acts_stay_without_the_name(boss, anna):
    program_of(anna)
    confirmed(sign_in("anna")).post("/account/leave/", {"username": "anna"})
    number = anna.pk
    assert not User.objects.filter(username="anna").exists()
    assert events(Kind.SIGN_IN, Kind.TOKEN_MADE) == [
        (None, None, "draw, read, correct, review, train"),
        (None, None, ""),
    ]
    assert events(Kind.ACCOUNT_DELETED) == [(None, None, f"user {number}")]
    assert set(AuditEvent.objects.values_list("address", flat=True)) == {None}
    assert events(Kind.TOKEN_REVOKED) == []


def test_an_account_that_is_deleted_in_the_admin(boss, anna):
    boss.post(f"/admin/recognizer/user/{anna.pk}/delete/", {"post": "yes"})
    assert events(Kind.ACCOUNT_DELETED) == [("boss", None, f"user {anna.pk}")]
    assert LogEntry.objects.get().object_repr == ""


def test_it_is_forgotten_in_time(settings, anna):
    settings.AUDIT_DAYS = 10
    for days in (9, 11):
        AuditEvent.objects.create(kind=Kind.SIGN_IN, about=f"{days} days ago")
        AuditEvent.objects.filter(about=f"{days} days ago").update(
            at=timezone.now() - dt.timedelta(days=days)
        )
    tasks.erase_expired()
    assert events(Kind.SIGN_IN) == [(None, None, "9 days ago")]


def test_staff_read_it_and_nobody_writes(boss, anna):
    sign_in("anna")
    shown = boss.get(LOG).content.decode()
    assert "signed in" in shown and "127.0.0.1" in shown
    number = AuditEvent.objects.get(kind=Kind.SIGN_IN).pk
    for act in ("add", f"{number}/delete"):
        assert boss.post(f"{LOG}{act}/", {"post": "yes"}).status_code == 403
    assert boss.post(f"{LOG}{number}/change/", {"about": "x"}).status_code == 403
    assert boss.post(LOG, {"action": "delete_selected", "_selected_action": [number]})
    assert AuditEvent.objects.filter(pk=number, about="").exists()


def test_admins_may_read_it():
    import_module("training.migrations.0008_audit_log").let_admins_see_it(apps, None)
    admins = Group.objects.get(name="Admins")
    assert admins.permissions.filter(codename="view_auditevent").exists()
