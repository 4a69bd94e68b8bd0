"""Who, or what, is deleted by another request while one is answered: no fault of the site."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.db import connection
from django.test import Client

from recognizer.accounts.gone import GoneMiddleware
from recognizer.models import AuditEvent, Drawing, Label, User
from tests.people import INK, confirmed, drawn_by, person, signed_in

pytestmark = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
MOST_LOOKS = 5
NEW_PASSWORD = {
    "oldpassword": "a long passphrase",
    "password1": "ink and paper 1",
    "password2": "ink and paper 1",
}


@contextmanager
def after_look(number: int, table: str, act: Callable[[], object]) -> Iterator[None]:
    """Acts once, after that SELECT of the table. What is in a transaction does not count: it may
    lock what it reads, which one connection does not show."""
    looks = 0

    def watched(execute, sql, *rest):
        nonlocal looks
        result = execute(sql, *rest)
        if not connection.in_atomic_block and sql.startswith("SELECT") and f'"{table}"' in sql:
            looks += 1
            if looks == number:
                act()
        return result

    with connection.execute_wrapper(watched):
        yield


@pytest.fixture
def leaving(champion, broker) -> User:
    """Somebody with every right, whose account is deleted."""
    return person("leaving", is_staff=True, is_superuser=True)


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/account/", {"teaches": "on"}),
        ("/account/tokens/", {"name": "pen", "scopes": ["draw"], "days": "90"}),
        ("/accounts/email/", {"email": "new@example.org", "action_add": ""}),
        ("/accounts/password/change/", NEW_PASSWORD),
        ("/runs/train/", {}),
    ],
)
def test_a_page_leads_who_is_gone_to_signing_in(leaving, address, form):
    client = confirmed(signed_in(leaving, Client))
    with after_look(1, "recognizer_user", User.objects.filter(pk=leaving.pk).delete):
        response = client.post(address, form)
    assert (response.status_code, response.url) == (302, "/accounts/login/")
    assert not client.session.keys()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("patch", "/api/account/", {"teaches": False}),
        ("post", "/api/tokens/", {"name": "pen", "scopes": ["draw"]}),
        ("get", "/api/review/next/", None),
        ("post", "/api/review/{}/label/", {"digit": 7}),
        ("post", "/api/drawings/", INK),
    ],
)
def test_the_api_knows_nobody_who_is_gone(leaving, bert, method, address, body):
    address = address.format(drawn_by(bert).pk)
    client = confirmed(signed_in(leaving))
    with after_look(1, "recognizer_user", User.objects.filter(pk=leaving.pk).delete):
        response = getattr(client, method)(address, body, format="json")
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert Drawing.objects.count() == 1 and not Label.objects.exists()


def test_who_is_gone_is_denied_what_they_may_not(leaving):
    User.objects.update(is_superuser=False)
    with after_look(1, "recognizer_user", User.objects.filter(pk=leaving.pk).delete):
        response = signed_in(leaving).get("/api/runs/")
    assert response.status_code == 403
    assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.DENIED).exists()


def test_what_befalls_somebody_who_is_there_is_a_fault(leaving, rf):
    request = rf.post("/account/")
    request.user = leaving
    assert GoneMiddleware(lambda _: None).process_exception(request, User.DoesNotExist()) is None


@pytest.mark.parametrize(
    ("method", "address", "statuses"),
    [
        ("post", "/drawings/{}/share/", {302, 404}),
        ("post", "/api/review/{}/skip/", {204, 404}),
        ("post", "/api/review/claims/", {200}),
        ("get", "/api/review/next/", {200}),
        ("get", "/review/grid/", {200}),
        ("delete", "/api/drawings/{}/labels/", {200, 404}),
    ],
)
def test_a_drawing_that_is_erased_meanwhile_is_no_fault(leaving, bert, method, address, statuses):
    client = signed_in(leaving)
    for look in range(1, MOST_LOOKS + 1):
        drawing = drawn_by(bert if "review" in address else leaving)
        body = {"drawings": [drawing.pk]} if "claims" in address else None
        with after_look(look, "recognizer_drawing", Drawing.all_objects.all().delete):
            response = getattr(client, method)(address.format(drawing.pk), body, format="json")
        assert response.status_code in statuses


@pytest.mark.parametrize("look", range(1, MOST_LOOKS))
def test_a_passkey_that_is_renamed_while_it_is_removed_does_not_come_back(anna, look):
    client = confirmed(signed_in(anna, Client))
    key = Authenticator.objects.create(user=anna, type="webauthn", data={"name": "old"})
    page, removed = f"/accounts/2fa/webauthn/keys/{key.pk}/edit/", []
    with after_look(look, "mfa_authenticator", lambda: removed.append(key.delete())):
        status = client.post(page, {"name": "new"}).status_code
    assert status in (302, 404)
    assert Authenticator.objects.exists() == (not removed)


@pytest.mark.parametrize("look", range(1, MOST_LOOKS))
def test_recovery_codes_that_are_replaced_while_they_are_shown(anna, look):
    client = confirmed(signed_in(anna, Client))
    RecoveryCodes.activate(anna)
    with after_look(look, "mfa_authenticator", Authenticator.objects.all().delete):
        shown = client.get("/accounts/2fa/recovery-codes/")
    assert shown.status_code in (200, 404)


@pytest.mark.parametrize("look", range(1, MOST_LOOKS))
def test_an_address_that_is_confirmed_while_it_is_removed_does_not_come_back(anna, look):
    address = EmailAddress.objects.create(user=anna, email="new@example.org")
    page, removed = f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/", []
    with after_look(look, "account_emailaddress", lambda: removed.append(address.delete())):
        status = signed_in(anna, Client).post(page).status_code
    assert status in (302, 404)
    assert EmailAddress.objects.exists() == (not removed)


def test_an_account_whose_password_is_reset_while_it_is_deleted_does_not_come_back(anna):
    EmailAddress.objects.create(user=anna, email=anna.email)
    key, visitor = default_token_generator.make_token(anna), Client()
    link = f"/accounts/password/reset/key/{user_pk_to_url_str(anna)}-{key}/"
    page = visitor.get(link)["Location"]
    with after_look(1, "account_emailaddress", User.objects.all().delete):
        status = visitor.post(page, NEW_PASSWORD).status_code
    assert (status, User.objects.exists()) == (404, False)
