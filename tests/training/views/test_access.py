"""What the pages show of where one may go. Who may: tests/project/test_access_matrix.py."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from recognizer.accounts import roles
from tests.people import grant, person, register, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
REVIEW, TRAIN, PROMOTE = roles.EVERY


@pytest.mark.parametrize(
    ("held", "first", "others"),
    [
        ((), None, []),
        ((REVIEW,), "/review/", ["/dashboard/"]),
        ((TRAIN,), "/runs/", ["/versions/", "/dashboard/"]),
        ((PROMOTE,), "/versions/", ["/dashboard/"]),
    ],
)
def test_the_navigation_leads_where_one_may_go(champion, held, first, others):
    client = signed_in(grant(person("rosa"), *held), Client)
    home = client.get("/").content.decode()
    assert ("Teach</a>" in home) == bool(held)
    if first is None:
        return
    assert f'href="{first}">Teach</a>' in home
    page = client.get(first).content.decode()
    nav = page.partition('aria-label="Teach"')[2].partition("</nav>")[0]
    assert nav.count("href=") == 1 + len(others)
    assert all(f'href="{one}"' in nav for one in others)


def test_a_trainer_is_offered_no_promotion(champion):
    other = register(3, origin="trained")
    address = f"/versions/{other.pk}/champion/"
    shown = [
        address in signed_in(grant(person(name), *held), Client).get("/versions/").content.decode()
        for name, held in (("tom", [TRAIN]), ("pia", [PROMOTE]))
    ]
    assert shown == [False, True]


def test_the_admin_opens_to_staff_and_shows_what_they_may_see(champion):
    staff = person("sam")
    staff.is_staff = True
    staff.save()
    client = signed_in(staff, Client)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/recognizer/drawing/").status_code == 403
    assert signed_in(grant(person("rosa"), *roles.EVERY), Client).get("/admin/").status_code == 302


def test_the_admin_draws_no_slash_for_a_link_that_is_not_there(champion):
    staff = person("sam")
    staff.is_staff = True
    staff.save()
    staff.groups.add(Group.objects.create(name="Guests"))  # a role, which leads nowhere
    page = signed_in(staff, Client).get("/admin/").content.decode()
    links = page.partition('id="user-tools"')[2].partition("</div>")[0]
    assert "Draw</a> /" in links and "Teach" not in links
    assert not re.search(r"/\s+/\s", links)
