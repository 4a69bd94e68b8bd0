"""allauth's pages and mails speak as the site does: in sentence case."""

import re

import pytest
from django.test import Client

from recognizer.accounts.overrides.sentences import sentence_case
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
PAGES = ["password/change/", "email/", "2fa/", "2fa/webauthn/", "confirm-email/none/"]
# Two words of which the second has a capital, between two tags.
TITLE_CASE = re.compile(r">\s*[A-Z][\w-]+(?: \w+)* [A-Z][a-z]+[^<.]*<")


@pytest.mark.parametrize("page", PAGES)
def test_headings_buttons_and_labels_are_in_sentence_case(page):
    shown = signed_in(person("anna"), Client).get(f"/accounts/{page}").content.decode()
    main = shown[shown.index("<main") : shown.index("</main>")]
    assert "<h1>" in main
    assert TITLE_CASE.findall(main) == []
    assert TITLE_CASE.findall(shown[: shown.index("</title>") + 1]) == []


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Two-Factor Authentication", "Two-factor authentication"),
        ("  Trust this Browser?\n", "Trust this browser?"),
        ("Create an API token", "Create an API token"),
        ("mary@Example.org", "mary@Example.org"),
    ],
)
def test_only_words_in_title_case_change(theirs, ours):
    assert sentence_case(theirs) == ours


def test_subjects_of_mails_are_in_sentence_case(mailoutbox):
    anna = person("anna")
    Client().post("/accounts/password/reset/", {"email": anna.email})
    assert mailoutbox[0].subject == "Numeral: Set a new password"


def test_a_forgotten_password_is_set_by_the_link_in_the_mail(mailoutbox):
    anna, visitor = person("anna"), Client()
    visitor.post("/accounts/password/reset/", {"email": anna.email})
    body = mailoutbox[0].body
    assert "a new password for your account anna" in body and "ignore this message" in body
    link = re.findall(r"http://testserver(\S+/key/\S+)", body)[0]
    page = visitor.get(link, follow=True)
    assert "<h1>New password</h1>" in page.content.decode()
    new = {"password1": "ink and paper 1", "password2": "ink and paper 1"}
    done = visitor.post(page.request["PATH_INFO"], new, follow=True).content.decode()
    assert 'href="/accounts/login/">Sign in</a>' in done[done.index("<main") :]
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()
    told = mailoutbox[1].body
    address = "http://testserver/accounts/password/reset/\n"
    assert f"If that was not you, set a new password now: {address}" in told and " UTC\n" in told


def test_whose_address_is_unknown_or_taken_is_mailed_so(mailoutbox):
    person("anna")
    Client().post("/accounts/password/reset/", {"email": "nobody@example.org"})
    new = {"username": "new", "email": "anna@example.org", "password1": "ink and paper 1"}
    Client().post("/accounts/signup/", new)
    assert "There is no account with this email address." in mailoutbox[0].body
    assert mailoutbox[0].subject == "Numeral: No account with this address"
