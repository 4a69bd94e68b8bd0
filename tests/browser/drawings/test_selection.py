"""Several drawings of the history at once."""

import re
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.drawings.test_history import focused, states, tiles
from tests.browser.drawn import keep
from tests.browser.pointer import ONE, SEVEN, ZERO
from tests.browser.test_pages import check, keep_picture

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
    assert said(page) == ["4", "4", "4", ""]
    page.keyboard.press("Control+z")
    expect(page.locator("#spoken")).to_have_text("Undone: 3 drawings are as they were.")
    page.reload()
    assert said(page) == ["", "7", "", ""]


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


def test_a_key_labels_what_is_selected_and_else_what_has_the_focus(page):
    for key in ("j", "s", "ArrowRight", "s", "ArrowRight", "5"):
        page.keyboard.press(key)
    expect(page.locator("#spoken")).to_have_text("Labelled 2 drawings as 5.")
    expect(bar(page)).to_be_hidden()
    assert focused(page) == 2
    assert said(page) == ["5", "5", "", ""]

    page.keyboard.press("x")
    expect(tiles(page).nth(2)).to_have_attribute("data-mine", "none")
    for _ in range(2):
        page.keyboard.press("Control+z")
    expect(page.locator("#spoken")).to_have_text("Undone: 2 drawings are as they were.")
    page.reload()
    assert said(page) == ["", "", "", ""]


def test_whoever_goes_on_by_keys_while_several_are_labelled_labels_the_next(page):
    page.evaluate(DELAY, ["/api/drawings/selected/", [500]])
    for key in ("j", "s", "ArrowRight", "s", "5", "ArrowRight", "7"):
        page.keyboard.press(key)
    expect(page.locator("#spoken")).to_contain_text("is 7")
    page.reload()
    assert said(page) == ["5", "5", "7", ""]


def test_what_is_selected_is_not_confirmed_by_a_key(page):
    for key in ("j", "s", "ArrowRight", "r"):
        page.keyboard.press(key)
    expect(page.locator("#trouble")).to_contain_text("clear the selection first")
    assert said(page) == ["", "", "", ""]
    page.keyboard.press("Escape")
    expect(bar(page)).to_be_hidden()
    page.keyboard.press("r")
    expect(tiles(page).nth(1)).to_have_attribute("data-outcome", "right")


# Delays what the page asks of an address, the nth time and later ones by the nth figure.
DELAY = """([address, delays]) => {
    const real = fetch;
    window.fetch = async (url, ...rest) => {
        if (String(url).includes(address)) {
            const delay = delays.length > 1 ? delays.shift() : delays[0];
            await new Promise((done) => setTimeout(done, delay));
        }
        return real(url, ...rest);
    };
}"""
SELECTED = "**/api/drawings/selected/**"


def act(page: Page, what: str, number: int) -> None:
    """Acts on a drawing by the API, as another tab does."""
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    answer = page.request.post(
        "/api/drawings/selected/",
        data={"drawings": [number], "act": what},
        headers={"X-CSRFToken": token},
    )
    assert answer.status == 200


def numbers(page: Page) -> list[int]:
    return tiles(page).evaluate_all("all => all.map(e => Number(e.dataset.drawing))")


def said(page: Page) -> list[str]:
    return tiles(page).evaluate_all("all => all.map(e => e.dataset.mine)")


def delete(page: Page, tile: int) -> None:
    before = tiles(page).count()
    box(page, tile).click()
    bar(page).get_by_role("button", name="Delete").click()
    expect(tiles(page)).to_have_count(before - 1)


def test_a_refusal_is_told_and_nothing_is_lost(page):
    box(page, 0).click()
    number = numbers(page)[0]
    act(page, "delete", number)
    bar(page).get_by_role("button", name="Delete").click()
    words = f"Drawing {number} is not there. Nothing was changed."
    expect(page.locator("#trouble")).to_have_text(words)
    expect(bar(page)).to_contain_text("1 selected")


def test_where_the_answer_is_lost_nobody_says_that_nothing_was_changed(page):
    def lose_answer(route):
        route.fetch()
        route.abort()

    page.route(SELECTED, lose_answer)
    box(page, 0).click()
    bar(page).get_by_role("button", name="Label all as 4").click()
    expect(page.locator("#trouble")).to_have_text(
        "The site cannot be reached. Check your connection; nothing is lost. "
        "Reload the page to see what was changed."
    )
    page.reload()
    assert said(page) == ["4", "", "", ""]


def test_two_are_undone_one_after_the_other(page):
    before = numbers(page)
    delete(page, 1)
    delete(page, 1)
    page.evaluate(DELAY, ["/selected/", [700, 0]])
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    expect(tiles(page)).to_have_count(4)
    assert numbers(page) == before


def test_what_can_never_be_undone_blocks_nothing_older(page):
    before = numbers(page)
    delete(page, 0)
    delete(page, 0)
    act(page, "restore", before[1])
    page.keyboard.press("Control+z")
    words = f"Drawing {before[1]} is not there. Nothing was changed."
    expect(page.locator("#trouble")).to_have_text(words)
    page.keyboard.press("Control+z")
    expect(page.locator("#spoken")).to_have_text("1 drawing brought back.")
    assert numbers(page) == [before[0], *before[2:]]


def test_what_could_not_be_undone_now_is_undone_later(page):
    delete(page, 0)
    page.route(SELECTED, lambda route: route.fulfill(status=503, body="busy"))
    page.keyboard.press("Control+z")
    expect(page.locator("#trouble")).to_contain_text("Reload the page")
    page.unroute(SELECTED)
    page.keyboard.press("Control+z")
    expect(tiles(page)).to_have_count(4)


def test_what_was_said_before_is_sent_before(page):
    page.evaluate(DELAY, ["/labels/", [1000]])
    tiles(page).nth(0).get_by_role("link").focus()
    page.keyboard.press("3")
    box(page, 0).click()
    bar(page).get_by_role("button", name="Label all as 7").click()
    expect(page.locator("#spoken")).to_have_text("Labelled 1 drawing as 7.")
    expect(page.locator("[data-busy]")).to_have_count(0)
    page.reload()
    assert said(page)[0] == "7"


def test_what_is_said_later_is_sent_later(page):
    page.evaluate(DELAY, ["/selected/", [1000]])
    box(page, 0).click()
    bar(page).get_by_role("button", name="Label all as 7").click()
    tiles(page).nth(0).get_by_role("link").focus()
    page.keyboard.press("3")
    expect(page.locator("#spoken")).to_contain_text("is 3:")
    expect(page.locator("[data-busy]")).to_have_count(0)
    expect(bar(page)).to_be_hidden()  # the act on several is done too
    page.reload()
    assert said(page)[0] == "3"


def test_offline_several_wait_for_what_was_said_before(page):
    page.context.set_offline(True)
    tiles(page).nth(0).get_by_role("link").focus()
    page.keyboard.press("3")
    box(page, 1).click()
    bar(page).get_by_role("button", name="Label all as 7").click()
    words = "What you said before is not sent yet. Nothing was changed; try again when it is."
    expect(page.locator("#trouble")).to_have_text(words)
    expect(bar(page)).to_contain_text("1 selected")
    page.context.set_offline(False)
    expect(page.locator("#spoken")).to_contain_text("is 3:")
    page.reload()
    assert said(page)[:2] == ["3", ""]


def test_offline_nothing_is_changed_and_the_selection_stays(page):
    box(page, 0).click()
    page.context.set_offline(True)
    for name in ("Label all as 7", "Delete"):
        bar(page).get_by_role("button", name=name).click()
        # It is decided, and the words are not those of the act before.
        expect(page.locator("#selection:not([inert])")).to_contain_text("1 selected")
        expect(page.locator("#trouble")).to_contain_text("You are offline. Nothing was changed")
    page.context.set_offline(False)
    bar(page).get_by_role("button", name="Label all as 7").click()
    expect(page.locator("#spoken")).to_have_text("Labelled 1 drawing as 7.")


def test_by_keyboard_one_goes_on_where_one_was(page):
    box(page, 1).press("Space")
    bar(page).get_by_role("button", name="Label all as 4").press("Enter")
    expect(bar(page)).to_be_hidden()
    assert focused(page) == 1
    box(page, 1).press("Space")
    bar(page).get_by_role("button", name="Delete").press("Enter")
    expect(tiles(page)).to_have_count(3)
    assert focused(page) == 1
    box(page, 1).press("Space")
    bar(page).get_by_role("button", name="Clear selection").press("Enter")
    assert focused(page) == 1
    undo = page.get_by_role("button", name="Undo")
    undo.press("Enter")
    expect(tiles(page)).to_have_count(4)
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(undo).to_be_hidden()
    assert focused(page) == 1


def test_by_keyboard_a_refusal_leaves_one_at_the_button(page):
    page.route(SELECTED, lambda route: route.fulfill(status=503, body="busy"))
    box(page, 1).press("Space")
    button = bar(page).get_by_role("button", name="Delete")
    button.press("Enter")
    expect(page.locator("#trouble")).to_contain_text("Reload the page")
    expect(button).to_be_focused()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_what_is_selected_can_be_read_by_all(page, visits, looks, width, dark):
    state = page.context.storage_state()
    page = visits.page("/history/", person=state, width=width, dark=dark, is_mobile=width < 600)
    box(page, 0).click()
    expect(bar(page)).to_be_visible()
    check(page)
    keep_picture(page, looks, "history-selected", width=width, dark=dark)
