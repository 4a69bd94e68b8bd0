"""One person's whole way through the site."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pointer
from tests.browser.conftest import PASSWORD, sign_up
from tests.browser.saving.test_keeping import is_asked

pytestmark = [pytest.mark.browser, pytest.mark.services]


def draw_and_say(page: Page, strokes: pointer.Strokes, key: str) -> None:
    pointer.with_mouse(page, strokes)
    page.keyboard.press("s")
    is_asked(page)
    page.keyboard.press(key)
    expect(page.get_by_text("Thank you.")).to_be_visible()


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def confirm(page: Page) -> None:
    """Says by the password that it is still the same person."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def test_sign_up_draw_correct_find_export_delete_and_leave(visits):
    page = visits.page()
    sign_up(page, "greta")
    draw_and_say(page, pointer.SEVEN, "r")
    draw_and_say(page, pointer.ONE, "4")

    page.get_by_role("link", name="History").click()
    tiles = page.locator("[data-drawing]")
    expect(tiles).to_have_count(2)
    expect(tiles.first).to_contain_text("it is 4")

    page.get_by_role("link", name="CSV").click()
    expect(page.get_by_text("then choose the file again")).to_be_visible()
    confirm(page)
    lines = download(page, "CSV").decode().splitlines()
    assert len(lines) == 3
    rows = [json.loads(row) for row in download(page, "JSONL").splitlines()]
    assert {row["label"] for row in rows} == {7, 4}
    assert all(row["strokes"] for row in rows)
    names = zipfile.ZipFile(io.BytesIO(download(page, "zip"))).namelist()
    assert sorted(name.split("-")[-1] for name in names) == ["4.png", "7.png", "labels.csv"]

    tiles.first.get_by_role("link").click()
    page.get_by_text("Delete this drawing").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(tiles).to_have_count(1)
    page.get_by_role("link", name="Recently deleted").click()
    page.get_by_role("button", name="Bring drawing").click()
    expect(page.get_by_text("1 drawing brought back.")).to_be_visible()
    page.get_by_role("link", name="Back to the history").click()
    expect(tiles).to_have_count(2)
    page.get_by_role("link", name="Delete all").click()
    expect(page.get_by_role("heading", name="Delete 2 drawings?")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No drawings yet")).to_be_visible()
    page.get_by_role("link", name="Recently deleted").click()
    page.get_by_text("Delete all permanently").click()
    page.get_by_role("button", name="Delete all 2 permanently").click()
    expect(page.get_by_text("2 drawings deleted permanently.")).to_be_visible()

    page.get_by_role("link", name="Account").click()
    page.get_by_label("Your username").fill("somebody")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("That is not your username.")).to_be_visible()
    page.get_by_label("Your username").fill("greta")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account and all its drawings were deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_the_same_way_with_a_finger_on_a_phone(visits):
    page = visits.phone()
    sign_up(page, "frieda-by-finger")
    pointer.with_finger(page, pointer.SEVEN)
    expect(page.locator("[data-part=numeral]")).to_have_text("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Was it read right?")).to_be_visible()
    page.get_by_role("button", name="It is 1").click()
    expect(page.get_by_text("Thank you. From now on this is a 1 for you.")).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.locator("[data-drawing]")).to_contain_text("it is 1")
    page.get_by_role("link", name="JSONL").click()
    confirm(page)
    [row] = map(json.loads, download(page, "JSONL").splitlines())
    assert (row["digit"], row["label"], row["outcome"]) == (7, 1, "wrong")


def test_the_switch_and_the_tokens_of_the_account(visits, new_person):
    page = visits.page("/account/", person=new_person("hilda"))
    page.get_by_label("My drawings may train the model").uncheck()
    page.locator("main").get_by_role("button", name="Save").click()
    expect(page.get_by_label("My drawings may train the model")).not_to_be_checked()

    page.get_by_label("Name of a new token").fill("my pen")
    page.get_by_role("button", name="Create a token").click()
    confirm(page)
    token = page.get_by_label("Your new token").input_value()
    program = visits.page("")
    asked = {"headers": {"Authorization": f"Token {token}"}}
    assert program.request.get("/api/account/", **asked).json()["teaches"] is False

    page.goto("/account/")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke my pen").click()
    expect(page.get_by_text("The token was revoked.")).to_be_visible()
    assert program.request.get("/api/account/", **asked).status == 401


def test_signing_up_can_say_no_to_training(visits):
    page = visits.page("/accounts/signup/")
    page.get_by_label("Username").fill("irma")
    page.get_by_label("Password", exact=True).fill("paper-and-ink-1")
    page.get_by_label("My drawings may train the model").uncheck()
    page.locator("main").get_by_role("button", name="Sign up").click()
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_label("My drawings may train the model")).not_to_be_checked()
