"""allauth's pages and mails speak as the site does: in sentence case."""

import re

import pytest
from django.test import Client

from recognizer.accounts.sentences import sentence_case
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
    assert mailoutbox[0].subject == "Numeral: Password reset email"
