"""The pages' addresses: the owner, a stranger, nobody, bad input. What they look like is tested in
a browser."""

import base64

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from digitsite import health
from recognizer.models import ApiToken, Drawing, User
from tests.people import confirmed, drawn_by, signed_in
from tests.recognizer.images import encoded, seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]


@pytest.fixture
def drawing(anna) -> Drawing:
    return drawn_by(anna)


def test_everybody_may_draw(page):
    assert Client().get("/").status_code == 200
    assert page.get("/").status_code == 200


OWN = ["", "thumbnail/", "pixels/"]


@pytest.mark.parametrize("url", ["/", "/history/", "/account/", "/api/drawings/", "/api/account/"])
def test_no_browser_keeps_a_page_or_an_answer(page, url):
    assert page.get(url)["Cache-Control"] == "private, no-store"
    assert Client().get(url)["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("tail", [*OWN, "original/"])
def test_no_browser_keeps_a_drawing_or_its_pictures(page, api, tail):
    api.post("/api/drawings/", encoded(seven(600), "JPEG"), content_type="image/jpeg")
    response = page.get(f"/drawings/{Drawing.objects.get().pk}/{tail}")
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"


def test_the_history_shows_ones_own(page, bert, drawing):
    other = drawn_by(bert)
    html = page.get("/history/").content.decode()
    assert f"/drawings/{drawing.pk}/" in html
    assert f"/drawings/{other.pk}/" not in html


def test_there_is_a_filter_once_there_is_something_to_filter(page, request):
    assert b'aria-label="Filter"' not in page.get("/history/").content
    assert b'aria-label="Filter"' in page.get("/history/?state=wrong").content
    request.getfixturevalue("drawing")
    assert b'aria-label="Filter"' in page.get("/history/").content


def test_the_history_is_filtered_by_its_address(page, drawing):
    assert f"/drawings/{drawing.pk}/" in page.get("/history/?digit=7").content.decode()
    assert f"/drawings/{drawing.pk}/" not in page.get("/history/?digit=1").content.decode()


@pytest.mark.parametrize(
    "query", ["digit=10", "state=odd", "from=x", "from=2026-02-01&to=2026-01-01"]
)
def test_a_filter_that_is_none_is_told(page, drawing, query):
    response = page.get(f"/history/?{query}")
    assert response.status_code == 400
    assert f"/drawings/{drawing.pk}/" not in response.content.decode()


# The last two are base64 of p=garbage and p=2026-01-01, a time without a zone.
NO_CURSORS = ["nonsense", "cD1nYXJiYWdl", "cD0yMDI2LTAxLTAx"]


@pytest.mark.parametrize("cursor", NO_CURSORS)
def test_a_cursor_that_is_none_leads_to_the_first_page(page, api, drawing, cursor):
    assert page.get(f"/history/?cursor={cursor}")["Location"] == "/history/"
    assert api.get(f"/api/drawings/?cursor={cursor}").status_code == 404


@pytest.mark.parametrize("query", ["from=0001-01-01", "to=9999-12-31"])
def test_any_day_may_be_asked_for(page, drawing, query):
    assert f"/drawings/{drawing.pk}/" in page.get(f"/history/?{query}").content.decode()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "zip"])
def test_the_history_is_exported(page, drawing, kind):
    response = confirmed(page).get(f"/history/export/?type={kind}")
    assert len(b"".join(response.streaming_content)) > 50


@pytest.mark.parametrize("query", ["type=exe", "type=csv&digit=10", ""])
def test_an_export_that_is_none_leads_back(page, query):
    answer = confirmed(page).get(f"/history/export/?{query}")
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/history/")


def test_the_thumbnail_of_strokes_is_drawn(page, drawing):
    response = page.get(f"/drawings/{drawing.pk}/thumbnail/")
    assert response["Content-Type"] == "image/svg+xml"
    assert b"<path" in response.content


def test_the_thumbnail_of_an_upload_is_a_picture_made_anew(page, api, anna):
    api.post("/api/drawings/", encoded(seven(600), "JPEG"), content_type="image/jpeg")
    pk = Drawing.objects.get(uploaded=True).pk
    assert page.get(f"/drawings/{pk}/thumbnail/").content.startswith(b"\x89PNG")


def test_a_drawing_is_deleted(page, drawing):
    assert page.post(f"/drawings/{drawing.pk}/delete/")["Location"] == "/history/"
    assert not Drawing.objects.exists()


def test_what_the_filter_lets_through_is_deleted(page, bert, drawing):
    drawn_by(bert)
    page.post("/history/delete/?digit=1", {"count": 0})
    assert Drawing.objects.count() == 2
    assert page.get("/history/delete/?digit=7").status_code == 200
    assert Drawing.objects.count() == 2
    page.post("/history/delete/?digit=7", {"count": 1})
    assert Drawing.objects.get().owner == bert


def test_everything_is_deleted_only_as_it_was_seen(page, drawing):
    html = page.get("/history/delete/").content.decode()
    assert 'name="count" value="1"' in html and 'name="all" value="true"' in html
    for body, status, words in (
        ({}, 400, "send all=true and the count"),
        ({"all": "true", "count": 2}, 409, "There is 1 drawing now, not 2. Nothing was changed."),
    ):
        refused = page.post("/history/delete/", body)
        assert refused.status_code == status and words in refused.content.decode()
        assert Drawing.objects.exists()
    page.post("/history/delete/", {"all": "true", "count": 1})
    assert not Drawing.objects.exists()


@pytest.mark.parametrize("act", ["delete", "deleted/restore", "deleted/erase"])
@pytest.mark.parametrize("name", ["digits", "digit", "all"])
def test_a_form_that_says_more_does_nothing(page, drawing, act, name):
    """Of a filter that is misspelt or in the wrong place everything would be left."""
    Drawing.all_objects.update(deleted_at=None if act == "delete" else timezone.now())
    sent = {"all": "true", "count": 1} | {name: ["true", "true"]}
    answer = confirmed(page).post(f"/history/{act}/", sent)
    assert answer.status_code == 400 and f"“{name}”" in answer.content.decode()
    assert Drawing.all_objects.filter(deleted_at=None).exists() == (act == "delete")


def test_a_filter_that_is_none_deletes_nothing(page, drawing):
    page.post("/history/delete/?digit=10")
    assert Drawing.objects.exists()


def test_the_switch_is_on_the_account_page(page, anna):
    page.post("/account/", {})
    anna.refresh_from_db()
    assert not anna.teaches
    page.post("/account/", {"teaches": "on"})
    anna.refresh_from_db()
    assert anna.teaches


def test_a_token_is_shown_once_and_a_reload_makes_no_second_one(page, anna):
    asked = {"name": "my script", "scopes": ["draw"], "days": "90"}
    made = confirmed(page).post("/account/tokens/", asked)
    assert made.status_code == 302  # so a reload of the page that follows sends nothing again
    assert made["Location"] == "/account/"
    assert "digit_" in page.get("/account/").content.decode()
    assert "digit_" not in page.get("/account/").content.decode()
    token = ApiToken.objects.get(user=anna)
    page.post(f"/account/tokens/{token.public_id}/revoke/")
    assert not ApiToken.objects.exists()


def test_a_new_token_is_not_shown_to_the_next_person_on_the_same_browser(page, bert):
    asked = {"name": "my script", "scopes": ["draw"], "days": "90"}
    confirmed(page).post("/account/tokens/", asked)
    page.force_login(bert)
    assert "digit_" not in page.get("/account/").content.decode()


def test_one_leaves_by_typing_ones_name(page, anna, drawing):
    confirmed(page).post("/account/leave/", {"username": "bert"})
    assert User.objects.filter(pk=anna.pk).exists()
    page.post("/account/leave/", {"username": "anna"})
    assert not User.objects.filter(pk=anna.pk).exists()
    assert not Drawing.objects.exists()
    assert page.get("/account/").status_code == 302


# People -----------------------------------------------------------------------------------------

SIGN_UP = {"username": "carla", "email": "c@example.org", "password1": "a long passphrase"}


@pytest.mark.parametrize(("switch", "teaches"), [({"teaches": "on"}, True), ({}, False)])
def test_signing_up_asks_whether_drawings_may_teach(client, switch, teaches):
    response = client.post("/accounts/signup/", SIGN_UP | switch)
    assert response.status_code == 302
    assert User.objects.get(username="carla").teaches is teaches
    assert client.get("/history/").status_code == 200


@pytest.mark.parametrize("name", ["anna", "anna@example.org"])
def test_one_signs_in_by_name_or_address_and_out(client, anna, name):
    client.post("/accounts/login/", {"login": name, "password": "a long passphrase"})
    assert client.get("/account/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/account/").status_code == 302


def test_a_wrong_password_opens_nothing(client, anna):
    client.post("/accounts/login/", {"login": "anna", "password": "wrong"})
    assert client.get("/account/").status_code == 302


def test_too_many_wrong_passwords_are_refused(client, anna):
    statuses = [
        client.post("/accounts/login/", {"login": "anna", "password": "wrong"}).content
        for _ in range(12)
    ]
    assert b"Too many" in statuses[-1]


def test_a_password_is_changed(page, anna):
    page.post(
        "/accounts/password/change/",
        {
            "oldpassword": "a long passphrase",
            "password1": "another passphrase",
            "password2": "another passphrase",
        },
    )
    anna.refresh_from_db()
    assert anna.check_password("another passphrase")


def test_a_password_is_reset_by_letter(client, anna):
    client.post("/accounts/password/reset/", {"email": "anna@example.org"})
    [letter] = mail.outbox
    link = next(word for word in letter.body.split() if "/accounts/password/reset/key/" in word)
    form = client.get(link, follow=True)
    new = {"password1": "another passphrase", "password2": "another passphrase"}
    client.post(form.request["PATH_INFO"], new)
    anna.refresh_from_db()
    assert anna.check_password("another passphrase")


def test_a_reset_mails_few_of_the_accounts_that_claim_an_address(client):
    """Anybody may create very many with the address of somebody else."""
    for number in range(10):
        name = f"mallory{number}"
        User.objects.create_user(name, email="bert@example.org", password="a long passphrase")
    client.post("/accounts/password/reset/", {"email": "bert@example.org"})
    assert len(mail.outbox) == 3
    assert [f"mallory{number}" in mail.outbox[number].body for number in range(3)] == [True] * 3
    owner = User.objects.create_user("bert", email="bert@example.org", password="bert’s phrase")
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    mail.outbox.clear()
    client.post("/accounts/password/reset/", {"email": "bert@example.org"})
    [letter] = mail.outbox
    assert "bert" in letter.body and "mallory" not in letter.body


ADMIN = ["drawing", "modelversion", "user", "apitoken"]


@pytest.mark.parametrize("model", ADMIN)
def test_staff_see_all_in_the_admin(model, anna, drawing):
    boss = User.objects.create_superuser("boss", password="a long passphrase")
    staff = signed_in(boss, Client)
    assert staff.get(f"/admin/recognizer/{model}/").status_code == 200
    assert signed_in(anna, Client).get(f"/admin/recognizer/{model}/").status_code == 302


def test_staff_look_into_a_drawing(drawing):
    boss = User.objects.create_superuser("boss", password="a long passphrase")
    url = f"/admin/recognizer/drawing/{drawing.pk}/change/"
    assert signed_in(boss, Client).get(url).status_code == 200


def test_pages_forbid_foreign_scripts(page):
    policy = page.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.fixture
def no_workers(monkeypatch):
    """Nobody waits for the answers of workers: there are none."""
    monkeypatch.setattr(health, "PING_SECONDS", 0.05)


@pytest.mark.usefixtures("no_workers")
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health(client, path):
    assert client.get(path).status_code == 200


def test_ready_tells_of_the_broker_without_failing(client, no_broker):
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["broker"]) == (200, "unreachable")


def test_not_ready_without_a_model(client, champion, no_workers):
    champion.__class__.objects.update(alias=None)
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")


def test_staff_see_the_ink_and_the_upload(page, api, drawing):
    api.post("/api/drawings/", encoded(seven()), content_type="image/png")
    boss = signed_in(User.objects.create_superuser("boss", password="a long passphrase"), Client)
    for one, kind in ((drawing, "svg+xml"), (Drawing.objects.get(uploaded=True), "png")):
        html = boss.get(f"/admin/recognizer/drawing/{one.pk}/change/").content.decode()
        assert f"data:image/{kind};base64," in html


def test_the_admin_signs_in_where_the_rate_limits_are(client):
    assert client.get("/admin/login/")["Location"].startswith("/accounts/login/")


def test_without_a_broker_one_signs_up_and_in(no_broker, client, anna):
    login = {"login": "anna", "password": "a long passphrase"}
    assert client.post("/accounts/login/", login).status_code == 302
    client.post("/accounts/logout/")
    assert client.post("/accounts/signup/", SIGN_UP).status_code == 302


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "yesterday"]
)
def test_a_cursor_beyond_all_time_leads_to_the_first_page(page, moment):
    cursor = base64.b64encode(f"p={moment}".replace("+", "%2B").encode()).decode()
    assert page.get("/history/", {"cursor": cursor})["Location"] == "/history/"


def test_ready_names_no_machine(client, broker, no_workers):
    assert client.get("/health/ready").json()["workers"] == {}


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/health/live"])
def test_what_may_be_got_can_be_asked_for_by_head(client, path):
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_shared_link_has_a_title_words_and_a_picture(client):
    html = client.get("/").content.decode()
    assert '<meta property="og:title" content="Numeral">' in html
    assert '<meta property="og:image" content="http://testserver/static/recognizer/img/card' in html
