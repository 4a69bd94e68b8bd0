"""Several drawings of the history at once."""

import re
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pointer import ONE, SEVEN, ZERO
from tests.browser.test_history import keep, states, tiles

pytestmark = pytest.mark.browser
NUMBERS = count(1)


@pytest.fixture
def page(new_person, visits) -> Page:
    """The history of somebody with four drawings, none labelled."""
    page = visits.page("/", person=new_person(f"selma-{next(NUMBERS)}"))
    for strokes in (ZERO, ONE, SEVEN, SEVEN):
        keep(page, strokes)
    page.goto("/history/")
    return page


def box(page: Page, number: int) -> Any:
    return tiles(page).nth(number).get_by_role("checkbox")


def bar(page: Page) -> Any:
    return page.get_by_role("group", name="Selected drawings")


def test_a_range_is_labelled_and_taken_back(page):
    expect(bar(page)).to_be_hidden()
    tiles(page).nth(1).get_by_role("link").focus()
    page.keyboard.press("7")
    expect(tiles(page).nth(1)).to_have_attribute("data-mine", "7")
    box(page, 0).click()
    box(page, 2).click(modifiers=["Shift"])
    expect(bar(page)).to_contain_text("3 selected")

    bar(page).get_by_role("button", name="Label all as 4").click()

    expect(page.locator("#spoken")).to_have_text("Labelled 3 drawings as 4.")
    expect(bar(page)).to_be_hidden()
    assert tiles(page).evaluate_all("all => all.map(e => e.dataset.mine)") == ["4", "4", "4", ""]
    page.keyboard.press("Control+z")
    expect(page.locator("#spoken")).to_have_text("Undone: 3 drawings are as they were.")
    page.reload()
    assert tiles(page).evaluate_all("all => all.map(e => e.dataset.mine)") == ["", "7", "", ""]


def test_all_of_a_page_are_deleted_and_brought_back(page):
    every = page.get_by_role("checkbox", name="Select all on this page")
    every.check()
    expect(bar(page)).to_contain_text("4 selected")
    box(page, 3).click()
    expect(every).to_have_js_property("indeterminate", True)

    bar(page).get_by_role("button", name="Delete").click()

    expect(tiles(page)).to_have_count(1)
    expect(page.locator("#spoken")).to_have_text(re.compile(r"^3 drawings deleted\."))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#spoken")).to_have_text("3 drawings brought back.")
    expect(tiles(page)).to_have_count(4)
    page.reload()
    assert states(page) == ["unlabelled"] * 4


def test_one_is_spoken_of_as_one(page):
    box(page, 0).click()
    bar(page).get_by_role("button", name="not a digit").click()
    expect(page.locator("#spoken")).to_have_text("Labelled 1 drawing as not a digit.")
    page.keyboard.press("Control+z")
    expect(page.locator("#spoken")).to_have_text("Undone: 1 drawing is as it was.")
    box(page, 0).click()
    bar(page).get_by_role("button", name="Delete").click()
    words = "1 drawing deleted. It stays under “Recently deleted” for 30 days."
    expect(page.locator("#spoken")).to_have_text(words)


def test_keys_select_and_one_key_still_labels_one(page):
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    expect(bar(page)).to_contain_text("2 selected")
    page.keyboard.press("5")
    expect(tiles(page).nth(1)).to_have_attribute("data-mine", "5")
    assert tiles(page).nth(0).get_attribute("data-mine") == ""
    expect(bar(page)).to_contain_text("2 selected")
    page.keyboard.press("Escape")
    expect(bar(page)).to_be_hidden()


def test_a_refusal_is_told_and_nothing_is_lost(page):
    box(page, 0).click()
    number = tiles(page).nth(0).get_attribute("data-drawing")
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    page.request.delete(f"/api/drawings/{number}/", headers={"X-CSRFToken": token})
    bar(page).get_by_role("button", name="Delete").click()
    expect(page.locator("#trouble")).to_contain_text(f"Drawing {number} is not there.")
    expect(bar(page)).to_contain_text("1 selected")
