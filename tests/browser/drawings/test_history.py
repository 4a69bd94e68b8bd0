"""Looking back: filters in the address, correcting by one key, one drawing's page."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import keys, pointer
from tests.browser.drawn import keep, page_of
from tests.browser.pointer import ONE, SCRIBBLE, SEVEN, ZERO

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def emma(new_person, chromium, site) -> Any:
    """Somebody with four drawings: 0, 1, 7 and, newest, a scribble."""
    person = new_person("emma")
    with page_of(person, chromium=chromium, site=site) as page:
        for strokes in (ZERO, ONE, SEVEN, SCRIBBLE):
            keep(page, strokes)
    return person


@pytest.fixture(scope="module")
def helen(new_person, chromium, site) -> Any:
    """Somebody with three drawings."""
    person = new_person("helen")
    with page_of(person, chromium=chromium, site=site) as page:
        for strokes in (ZERO, ONE, SEVEN):
            keep(page, strokes)
    return person


def tiles(page: Page) -> Any:
    return page.locator("[data-drawing]")


def open_tile(page: Page, number: int) -> None:
    tiles(page).nth(number).get_by_role("link").click()
    page.wait_for_url("**/drawings/*/")


def states(page: Page) -> list[str]:
    return tiles(page).evaluate_all("all => all.map(e => e.dataset.outcome)")


def focused(page: Page) -> int:
    """Which tile has the focus, from 0; -1 for none."""
    return page.evaluate(
        "[...document.querySelectorAll('[data-drawing]')].indexOf("
        "document.activeElement.closest('[data-drawing]'))"
    )


def test_keys_walk_and_say(visits, emma):
    page = visits.page("/history/", person=emma)
    page.keyboard.press("j")
    assert focused(page) == 0
    page.keyboard.press("x")
    expect(tiles(page).nth(0)).to_have_attribute("data-outcome", "right")
    assert focused(page) == 1
    page.keyboard.press("r")
    expect(tiles(page).nth(1)).to_contain_text("right")
    assert focused(page) == 2
    page.keyboard.press("4")
    expect(tiles(page).nth(2)).to_contain_text("it is 4")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == 2
    expect(page.locator("#spoken")).to_have_text(re.compile(r"^Drawing \d+ is 4: wrong\.$"))
    page.reload()
    assert states(page) == ["right", "right", "wrong", "unlabelled"]


def test_by_mouse_too(visits, emma):
    page = visits.page("/history/", person=emma)
    last = tiles(page).nth(3)
    last.get_by_role("button", name="Say what drawing").click()
    last.get_by_role("button", name="It is 6").click()
    expect(last).to_contain_text("it is 6")
    last.get_by_role("button", name="Say what drawing").click()
    last.get_by_role("button", name="It is 0").click()
    expect(last).to_contain_text("right")


def test_a_digit_held_labels_one_drawing(visits, helen):
    page = visits.page("/history/", person=helen)
    page.keyboard.press("j")
    keys.hold(page, "5", times=30)
    expect(tiles(page).nth(0)).to_contain_text("it is 5")
    assert states(page)[1:] == ["unlabelled", "unlabelled"]
    keys.hold(page, "ArrowRight", times=4)  # walking is harmless
    assert focused(page) == 2


def test_keys_pressed_fast_on_a_slow_line_label_one_drawing_each(visits, helen):
    page = visits.page("/history/", person=helen)
    delay = "() => { const real = fetch; window.fetch = (...all) => new Promise("
    page.evaluate(delay + "(done) => setTimeout(() => done(real(...all)), 400)); }")
    page.keyboard.press("j")
    for key in ("1", "2", "3"):
        page.keyboard.press(key)
    for number, digit in enumerate("123"):
        expect(tiles(page).nth(number)).to_have_attribute("data-mine", digit)
    expect(page.locator("[data-busy]")).to_have_count(0)
    page.reload()
    mine = tiles(page).evaluate_all("all => all.map(e => e.dataset.mine)")
    assert mine == ["1", "2", "3"]


def test_the_last_label_is_taken_back_by_key_and_by_button(visits, helen):
    page = visits.page("/history/", person=helen)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_hidden()
    first = tiles(page).nth(0)
    before = first.get_attribute("data-mine")
    page.keyboard.press("j")
    for key in ("8", "9"):
        page.keyboard.press(key)
    expect(tiles(page).nth(1)).to_contain_text("it is 9")
    page.keyboard.press("End")
    keys.press(page, "я", "KeyZ", modifiers=keys.CONTROL)
    expect(page.locator("#spoken")).to_contain_text("Taken back: drawing")
    assert focused(page) == 1  # it shows what it takes back
    expect(first).to_contain_text("it is 8")
    undo.click()
    expect(first).to_have_attribute("data-mine", before)
    expect(undo).to_be_hidden()
    page.reload()
    assert first.get_attribute("data-mine") == before


def test_a_first_label_taken_back_leaves_the_drawing_unlabelled(visits, new_person):
    page = visits.page("/", person=new_person("heinz"))
    keep(page, SEVEN)
    page.goto("/history/")
    page.keyboard.press("j")
    page.keyboard.press("4")
    expect(page.locator("#spoken")).to_contain_text("is 4: wrong.")
    page.keyboard.press("Control+z")
    expect(page.locator("#spoken")).to_contain_text("is unlabelled again.")
    page.reload()
    assert states(page) == ["unlabelled"]


def test_the_filter_stands_in_the_address(visits, emma):
    page = visits.page("/history/", person=emma)
    page.get_by_label("Digit").select_option("7")
    page.get_by_role("button", name="Show").click()
    assert "digit=7" in page.url
    expect(tiles(page)).to_have_count(1)
    page.get_by_role("link", name="CSV").evaluate("link => link.href").index("digit=7")
    page.goto("/history/?from=2001-01-01&to=2001-01-02")
    expect(page.get_by_text("None of your drawings match the filter.")).to_be_visible()


def test_a_filter_that_is_nonsense_is_told_in_words(visits, emma):
    page = visits.page("/history/?from=2026-02-01&to=2026-01-01", person=emma)
    expect(page.get_by_text("The first day must not be after the last one.")).to_be_visible()


def test_an_empty_history_invites_to_draw(visits, new_person):
    page = visits.page("/history/", person=new_person("frida"))
    page.get_by_role("link", name="Draw a digit").click()
    expect(page.locator(pointer.SHEET)).to_be_visible()


def test_a_drawing_is_replayed(visits, emma):
    page = visits.page("/history/", person=emma)
    open_tile(page, 1)
    progress = page.get_by_label("How far the drawing is")
    expect(progress).to_have_value("1000")
    sheet = page.locator(pointer.SHEET)
    pixels = "canvas => canvas.toDataURL()"
    whole = sheet.evaluate(pixels)
    progress.fill("400")
    assert sheet.evaluate(pixels) != whole
    page.get_by_role("button", name="Replay").click()
    expect(progress).to_have_value("1000")
    assert sheet.evaluate(pixels) == whole


def test_who_asks_for_less_motion_gets_the_drawing_at_once(visits, emma):
    page = visits.page("/history/", person=emma, reduced_motion="reduce")
    open_tile(page, 1)
    expect(page.get_by_role("button", name="Replay")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.get_by_label("How far the drawing is").input_value() == "1000"


def test_a_drawing_is_corrected_on_its_page(visits, emma):
    page = visits.page("/history/", person=emma)
    open_tile(page, 1)
    page.keyboard.press("2")
    labels = page.get_by_role("region", name="Labels").locator("tbody tr")
    expect(labels.first).to_contain_text("2 counts")
    expect(labels.first).to_contain_text("you")
    page.get_by_role("button", name="Right").click()
    expect(labels.first).to_contain_text("7 counts")


def test_a_stranger_finds_nothing(visits, emma, anna):
    mine = visits.page("/history/", person=emma)
    address = tiles(mine).first.get_by_role("link").get_attribute("href")
    page = visits.page("", person=anna)
    assert page.goto(address).status == 404
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_days_are_the_readers(visits, anna):
    page = visits.page(person=anna, timezone_id="Pacific/Auckland")
    page.goto("/history/?state=wrong")
    expect(page.get_by_text("Days begin and end at midnight in Pacific/Auckland.")).to_be_visible()


def test_a_label_on_a_drawings_page_is_thanked_for(visits, new_person):
    page = visits.page(person=new_person("hulda"))
    page.goto(f"/drawings/{keep(page, SEVEN)}/")
    page.keyboard.press("7")
    expect(page.locator("[data-part=status]")).to_have_text("Thank you. Saved as 7.")
    page.reload()
    expect(page.locator("[data-part=status]")).to_have_text("Tap the digit that it is.")
