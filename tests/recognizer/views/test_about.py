"""Tests the pages about the site, and the words in which it writes mails."""

import re

import pytest
from django.test import Client

from recognizer.views.about import PAGES
from tests.people import confirmed, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", PAGES)
def test_a_page_about_the_site_is_linked_on_every_page(client, page):
    assert f'href="/{page}/"' in client.get("/accounts/login/").content.decode()
    answer = client.get(f"/{page}/")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.content.decode()
    assert client.get(f"/{page}/?x=1").status_code == 400
    assert client.post(f"/{page}/").status_code == 405


def test_it_is_told_how_good_the_champion_is_and_from_whom_it_learned(client, champion):
    champion.manifest |= {"metrics": {"test": {"accuracy": 0.9973}}}
    champion.save()
    assert "It correctly reads 99.73% of the 10,000 test digits" in said(client, "/learning/")
    assert "99.7% right on MNIST</p>" in said(client, "/")
    champion.manifest |= {"drawings": 158}
    champion.save()
    assert "compared, and has learned from 158 drawings of people" in said(client, "/learning/")
    assert "; 158&nbsp;drawings learned so far</span>" in said(client, "/")
    champion.manifest["metrics"] |= {"pens": {"accuracy": 0.99599}}
    champion.save()
    assert "99.7% right on MNIST, 99.6% on strangers’ pens" in said(client, "/")


def said(client: Client, page: str) -> str:
    return " ".join(client.get(page).content.decode().split())


@pytest.mark.usefixtures("broker")
def test_mails_name_the_site_and_not_the_host(anna, mailoutbox):
    client = confirmed(signed_in(anna, Client))
    client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    assert {mail.subject.partition(" ")[0] for mail in mailoutbox} == {"Numeral:"}
    assert all(mail.body.startswith("Hello from Numeral,") for mail in mailoutbox)
    assert any("of Numeral gave this email address" in mail.body for mail in mailoutbox)


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("testserver", "testserver"),
        ("testserver:8443", "testserver"),
        ("[::1]:8443", "[::1]"),
        ("testserver:80", "testserver:80"),  # on which the site listens
        ("testserver:8444", "testserver:8444"),
    ],
)
@pytest.mark.usefixtures("broker")
def test_links_in_mails_keep_no_port_that_whoever_asks_for_them_chose(
    anna, mailoutbox, settings, host, named
):
    settings.ALLOWED_HOSTS = ["testserver", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://testserver:8444"]
    Client(HTTP_HOST=host).post("/accounts/password/reset/", {"email": "anna@example.org"})
    links = re.findall(r"http://(.*?)/", mailoutbox[0].body)
    assert len(links) == 2 and set(links) == {named}


def test_who_asked_for_a_new_password_finds_the_way_back(client):
    client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    page = client.get("/accounts/password/reset/done/").content.decode()
    assert 'href="/accounts/login/"' in page


def test_an_impossible_filter_is_told_alone(anna):
    page = signed_in(anna).get("/history/?from=2026-02-01&to=2026-01-01").content.decode()
    assert "The first day must not be after the last one." in page
    assert "None of your drawings match" not in page
    assert (
        "None of your drawings match" in signed_in(anna).get("/history/?digit=7").content.decode()
    )
