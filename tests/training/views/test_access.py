"""Which role opens which page and which part of the API of training."""

import pytest
from django.test import Client

from recognizer.accounts import roles
from tests.people import drawn_by, grant, person, register, signed_in
from tests.training.helpers import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
REVIEW, TRAIN, PROMOTE = roles.EVERY
PAGES = {
    "/review/": {REVIEW},
    "/review/grid/": {REVIEW},
    "/runs/": {TRAIN},
    "/runs/{run}/": {TRAIN},
    "/runs/{run}/metrics.json": {TRAIN},
    "/runs/drawings/{drawing}/": {REVIEW, TRAIN},
    "/versions/": {TRAIN, PROMOTE},
    "/versions/{version}/model.json": {TRAIN, PROMOTE},
    "/dashboard/": {REVIEW, TRAIN, PROMOTE},
}
POSTS = {
    "/runs/train/": {TRAIN},
    "/runs/{run}/cancel/": {TRAIN},
    "/runs/{run}/promote/": {PROMOTE},
    "/versions/{version}/champion/": {PROMOTE},
}
API = {
    ("get", "/api/runs/"): {TRAIN},
    ("get", "/api/runs/{run}/"): {TRAIN},
    ("post", "/api/runs/"): {TRAIN},
    ("get", "/api/review/next/"): {REVIEW},
    ("post", "/api/review/{drawing}/label/"): {REVIEW},
}
WHO = [(), *((one,) for one in roles.EVERY)]


@pytest.fixture
def places(champion, anna) -> dict[str, int]:
    run = rows.run("rejected", champion=champion)
    return {"run": run.pk, "drawing": drawn_by(anna).pk, "version": champion.pk}


@pytest.mark.parametrize("held", WHO, ids=lambda held: " ".join(held) or "no role")
def test_a_page_opens_to_who_has_its_permission(places, held):
    client = signed_in(grant(person("rosa"), *held), Client)
    seen = {page for page in PAGES if client.get(page.format(**places)).status_code == 200}
    assert seen == {page for page, needed in PAGES.items() if needed & set(held)}
    done = {path for path in POSTS if client.post(path.format(**places)).status_code != 404}
    assert done == {path for path, needed in POSTS.items() if needed & set(held)}


@pytest.mark.parametrize("held", WHO, ids=lambda held: " ".join(held) or "no role")
def test_the_api_opens_to_who_has_its_permission(places, held):
    client = signed_in(grant(person("rosa"), *held))
    done = set()
    for method, path in API:
        body = {"digit": 7} if path.endswith("label/") else None
        answer = getattr(client, method)(path.format(**places), body, format="json")
        assert answer.status_code in (200, 201, 403)
        if answer.status_code != 403:
            done.add((method, path))
    assert done == {call for call, needed in API.items() if needed & set(held)}


@pytest.mark.parametrize(
    ("held", "first", "others"),
    [
        ((), None, []),
        ((REVIEW,), "/review/", ["/dashboard/"]),
        ((TRAIN,), "/runs/", ["/versions/", "/dashboard/"]),
        ((PROMOTE,), "/versions/", ["/dashboard/"]),
    ],
)
def test_the_navigation_leads_where_one_may_go(places, held, first, others):
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


def test_the_admin_opens_to_staff_and_shows_what_they_may_see(places):
    staff = person("sam")
    staff.is_staff = True
    staff.save()
    client = signed_in(staff, Client)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/recognizer/drawing/").status_code == 403
    assert signed_in(grant(person("rosa"), *roles.EVERY), Client).get("/admin/").status_code == 302
