"""Tests saving a drawing and labelling it on the draw page."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import pointer
from tests.browser.conftest import PASSWORD
from tests.browser.pointer import ONE, SEVEN, THREE, ZERO, kept_in_tab, strokes_of

pytestmark = [pytest.mark.browser, pytest.mark.services]

# The address that the draw page saves to.
CREATE = re.compile(r"/api/drawings/\?words=1$")


def status(page: Page) -> Any:
    return page.locator("[data-part=status]")


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name)


def is_asked(page: Page, words: str = "Saved. Was it read right?") -> None:
    """Waits until the page asks what the kept drawing is, and takes an answer."""
    expect(status(page)).to_have_text(words)
    expect(page.locator("#draw")).to_have_attribute("data-state", "asking")


def newest(page: Page) -> Any:
    return page.locator("#recent li").first


def drawings(page: Page) -> list[dict[str, Any]]:
    return page.request.get("/api/drawings/").json()["results"]


def test_save_and_right_by_key(visits, anna):
    page = visits.page(person=anna)
    pointer.with_mouse(page, SEVEN)
    page.keyboard.press("s")
    is_asked(page)
    page.keyboard.press("r")
    expect(status(page)).to_have_text("Thank you. Saved as 7.")
    expect(newest(page)).to_contain_text("right")
    assert strokes_of(page) == []
    assert drawings(page)[0]["label"]["digit"] == 7


def test_save_and_correct_by_one_click(visits, anna):
    page = visits.page(person=anna)
    pointer.with_mouse(page, ONE)
    button(page, "Save").click()
    expect(status(page)).to_have_text("Saved. Was it read right?")
    button(page, "It is 4").click()
    expect(status(page)).to_have_text("Thank you. Saved as 4.")
    expect(newest(page)).to_contain_text("wrong")


def test_one_digit_key_keeps_and_says_at_once(visits, anna):
    page = visits.page(person=anna)
    pointer.with_mouse(page, ZERO)
    page.keyboard.press("0")
    expect(status(page)).to_have_text("Thank you. Saved as 0.")


def test_not_a_digit_by_key(visits, anna):
    page = visits.page(person=anna)
    pointer.with_mouse(page, ZERO)
    page.keyboard.press("Enter")
    is_asked(page)
    page.keyboard.press("x")
    expect(status(page)).to_have_text("Thank you. Saved as not a digit.")
    assert drawings(page)[0]["label"]["digit"] is None


def test_a_new_stroke_after_saving_begins_a_new_sheet(visits, anna):
    page = visits.page(person=anna)
    pointer.with_mouse(page, SEVEN)
    page.keyboard.press("s")
    expect(status(page)).to_have_text("Saved. Was it read right?")
    pointer.with_mouse(page, ONE)
    assert len(strokes_of(page)) == 1
    expect(page.locator("[data-part=numeral]")).to_have_text("1")


def test_what_is_kept_is_what_was_drawn(visits, anna):
    page = visits.page(person=anna)
    pointer.with_mouse(page, THREE)
    drawn = kept_in_tab(page)["data"]
    page.keyboard.press("s")
    expect(status(page)).to_have_text("Saved. Was it read right?")
    kept = page.request.get(f"/api/drawings/{drawings(page)[0]['id']}/").json()
    assert kept["strokes"] == drawn["strokes"]
    assert (kept["width"], kept["height"]) == (drawn["width"], drawn["height"])


def test_a_photo_is_kept(visits, anna):
    page = visits.page(person=anna)
    picture = {"name": "zero.png", "mimeType": "image/png", "buffer": pointer.photo(ZERO)}
    page.locator("[data-part=file]").set_input_files(picture)
    expect(page.locator("[data-part=numeral]")).to_have_text("0")
    button(page, "Save").click()
    expect(status(page)).to_have_text("Saved. Was it read right?")
    newest(page).get_by_role("link").click()
    shown = page.locator("img.original")
    expect(shown).to_be_visible()
    assert shown.evaluate("async i => { await i.decode(); return i.naturalWidth; }") == 600


def test_a_drawing_that_waits_is_told_and_then_answered(visits, anna):
    page = visits.page(person=anna)

    def without_waiting(route: Route) -> None:
        headers = {key: value for key, value in route.request.headers.items() if key != "prefer"}
        route.continue_(headers=headers)

    page.route(CREATE, without_waiting)
    pointer.with_mouse(page, SEVEN)
    page.keyboard.press("s")
    expect(status(page)).to_contain_text("It waits for a worker")
    expect(newest(page)).to_contain_text("7")
    expect(status(page)).to_have_text("Saved. Was it read right?")


def test_signed_out_meanwhile_nothing_is_lost(visits, new_person):
    page = visits.page(person=new_person("berta"))
    pointer.with_mouse(page, SEVEN)
    drawn = strokes_of(page)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("s")
    expect(status(page)).to_contain_text("It is saved as soon as you sign in again.")
    status(page).get_by_role("link", name="sign in again").click()
    page.get_by_label("Username or email").fill("berta")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(newest(page)).to_contain_text("7")
    [kept] = drawings(page)
    assert page.request.get(kept["url"]).json()["strokes"] == drawn


def test_what_a_visitor_drew_is_there_after_signing_up(visits):
    page = visits.page()
    pointer.with_mouse(page, THREE)
    drawn = strokes_of(page)
    page.locator("main").get_by_role("link", name="Sign up").click()
    expect(page.get_by_text("My drawings may train the model")).to_be_visible()
    page.get_by_label("Username").fill("clara")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign up").click()
    expect(page.locator("[data-part=numeral]")).to_have_text("3")
    assert strokes_of(page) == drawn


def test_what_one_drew_is_not_shown_to_the_next(visits, new_person):
    page = visits.page(person=new_person("dora"))
    pointer.with_mouse(page, THREE)
    button(page, "Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.locator("#draw").get_attribute("data-sheet") == "blank"


def test_a_refusal_is_told_in_its_own_words(visits, anna):
    page = visits.page(person=anna)
    body = '{"error": "Request was throttled.", "code": "throttled"}'
    page.route(CREATE, lambda route: route.fulfill(status=429, body=body))
    pointer.with_mouse(page, SEVEN)
    page.keyboard.press("s")
    expect(status(page)).to_have_text(re.compile("^Request was throttled. It is still on"))
    assert len(strokes_of(page)) == 2
