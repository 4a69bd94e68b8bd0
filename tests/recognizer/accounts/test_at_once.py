"""What several requests do to accounts at the same moment."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import Client

from recognizer.accounts import tokens
from recognizer.models import AuditEvent, User
from recognizer.services import deleting
from tests.people import person, signed_in

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="in memory SQLite refuses threads"
    ),
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
    pytest.mark.usefixtures("broker"),
]
AT_ONCE = 8


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """What the act returns to each of the threads, which begin together."""
    ready = Barrier(AT_ONCE)

    def do(number: int) -> Any:
        with closing(connections[DEFAULT_DB_ALIAS]):
            ready.wait()
            return act(number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(do, range(AT_ONCE)))


def logged(kind: AuditEvent.Kind) -> int:
    return AuditEvent.objects.filter(kind=kind).count()


def confirming(address: EmailAddress) -> Callable[[Client], str]:
    """Confirms an address; returns the page that follows, which says whether it worked."""
    link = f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"
    return lambda client: client.post(link, follow=True).content.decode()


def test_of_several_accounts_with_one_address_one_confirms_it():
    people = [person(f"person{number}") for number in range(AT_ONCE)]
    addresses = [EmailAddress.objects.create(user=one, email="we@example.org") for one in people]
    clients = [signed_in(one, Client) for one in people]
    acts = [confirming(address) for address in addresses]
    pages = at_once(lambda number: acts[number](clients[number]))
    refused = "already confirmed by a different account"
    assert Counter(refused in page for page in pages) == {True: AT_ONCE - 1, False: 1}
    assert EmailAddress.objects.filter(verified=True).count() == 1
    assert logged(AuditEvent.Kind.EMAIL) == 1


def test_an_address_is_confirmed_once(anna):
    address = EmailAddress.objects.create(user=anna, email="new@example.org")
    clients, act = [signed_in(anna, Client) for _ in range(AT_ONCE)], confirming(address)
    at_once(lambda number: act(clients[number]))
    assert logged(AuditEvent.Kind.EMAIL) == 1


def test_one_of_several_addresses_becomes_the_primary_one(anna):
    clients = [signed_in(anna, Client) for _ in range(AT_ONCE)]
    for client in clients:
        client.post("/accounts/reauthenticate/", {"password": "a long passphrase"})
    for number in range(AT_ONCE):
        EmailAddress.objects.create(user=anna, email=f"{number}@example.org", verified=True)

    def choose(number: int) -> int:
        form = {"action_primary": "", "email": f"{number}@example.org"}
        return clients[number].post("/accounts/email/", form).status_code

    assert Counter(at_once(choose)) == {302: AT_ONCE}
    assert EmailAddress.objects.filter(primary=True).count() == 1


def test_a_token_is_revoked_once(anna):
    token, _ = tokens.make(anna, name="pen", scopes=["read"], days=7)
    assert sum(at_once(lambda _: tokens.revoke(anna, token.public_id))) == 1
    assert logged(AuditEvent.Kind.TOKEN_REVOKED) == 1


def test_an_account_is_deleted_once(anna):
    same = [User.objects.get() for _ in range(AT_ONCE)]
    at_once(lambda number: deleting.delete_account(same[number]))
    assert not User.objects.exists()
    assert logged(AuditEvent.Kind.ACCOUNT_DELETED) == 1
