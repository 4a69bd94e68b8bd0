"""Asking why an answer is what it is. SCREENSHOTS=folder keeps pictures to look at."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import pointer
from tests.browser.drawn import keep
from tests.browser.parts import shot
from tests.browser.pointer import SEVEN, THREE, ZERO

EXPLAIN = re.compile(r"/api/explain/")
pytestmark = pytest.mark.browser

# A 4 that is nearly a 9.
CLOSED_FOUR = [[(0.47, 0.22), (0.38, 0.42), (0.45, 0.5), (0.6, 0.47)], [(0.6, 0.24), (0.6, 0.82)]]

COLOURS = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let warm = 0, cool = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 128) continue;
    if (data[i] > data[i + 2] + 60) warm += 1;
    if (data[i + 2] > data[i] + 60) cool += 1;
  }
  return [cool, warm];
}"""


def overlay(page: Page) -> Any:
    return page.locator(".ink-overlay")


def why(page: Page) -> Any:
    return page.get_by_role("button", name="Why?")


def change(page: Page) -> Any:
    return page.get_by_role("button", name=re.compile("^Show what"))


def drawn(overlay: Any) -> str:
    return overlay.evaluate("canvas => canvas.toDataURL()")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_the_ink_that_spoke_is_shown_over_ones_own(visits, looks, width, dark):
    page = visits.page(width=width, dark=dark)
    expect(why(page)).to_be_hidden()
    pointer.with_mouse(page, CLOSED_FOUR)
    expect(page.locator("[data-part=numeral]")).to_have_text("4")
    page.keyboard.press("w")
    expect(page.locator("[data-part=because]")).to_have_text(
        re.compile(r"^Read as 4, mainly because of the ink (at|on|in) the .*\.$")
    )
    expect(page.locator("[data-part=rivalry]")).to_have_text(
        re.compile(r"^Next comes \d with \d+\.\d%, \d+\.\d points behind\. .*\.$")
    )
    cool, _ = overlay(page).evaluate(COLOURS)
    assert cool > 100
    shot(page, looks, f"why-{width}-{dark}")
    weights = drawn(overlay(page))
    change(page).click()
    expect(change(page)).to_have_attribute("aria-pressed", "true")
    assert drawn(overlay(page)) != weights
    assert page.locator(".sheet").bounding_box()["y"] > -1
    shot(page, looks, f"why-{width}-{dark}-change")
    change(page).click()
    assert drawn(overlay(page)) == weights
    page.keyboard.press("w")
    expect(overlay(page)).to_have_count(0)
    expect(page.locator("[data-part=because]")).to_have_count(0)


def test_who_has_no_chance_is_not_named(visits):
    page = visits.page()
    pointer.with_mouse(page, SEVEN)
    expect(page.locator("[data-part=numeral]")).to_have_text("7")
    page.keyboard.press("w")
    expect(page.locator("[data-part=because]")).to_contain_text("Read as 7, mainly because")
    expect(page.locator("[data-part=rivalry]")).to_have_text("")
    expect(change(page)).to_be_hidden()
    expect(page.locator(".key.against")).to_be_hidden()
    assert overlay(page).evaluate(COLOURS)[1] == 0  # nothing is marked as against it


def test_new_ink_takes_the_reasons_away_at_its_first_point(visits):
    page = visits.page()
    pointer.with_mouse(page, SEVEN[:1])
    why(page).click()
    expect(overlay(page)).to_have_count(1)
    [[start, *_]] = pointer.on_sheet(page, SEVEN[1:])
    page.mouse.move(*start)
    page.mouse.down()
    expect(overlay(page)).to_have_count(0)
    expect(why(page)).to_have_attribute("aria-expanded", "false")
    page.mouse.up()


def test_an_explanation_of_older_ink_is_not_shown(visits):
    page = visits.page()
    held: list[Route] = []
    page.route(EXPLAIN, lambda route: held.append(route))
    pointer.with_mouse(page, SEVEN)
    why(page).click()
    page.wait_for_timeout(200)
    page.keyboard.press("z")
    held[0].continue_()
    page.wait_for_timeout(300)
    expect(overlay(page)).to_have_count(0)


def test_a_refusal_is_told_in_words(visits):
    page = visits.page()
    body = '{"error": "Several digits are not explained.", "code": "several_digits"}'
    refuse = {"status": 409, "content_type": "application/json", "body": body}
    page.route(EXPLAIN, lambda route: route.fulfill(**refuse))
    pointer.with_mouse(page, SEVEN)
    why(page).click()
    expect(page.locator("[data-part=status]")).to_have_text("Several digits are not explained.")
    expect(why(page)).to_have_attribute("aria-expanded", "false")


def test_a_photo_is_explained_over_what_the_network_saw(visits, looks):
    page = visits.page()
    file = {"name": "zero.png", "mimeType": "image/png", "buffer": pointer.photo(ZERO)}
    page.locator("[data-part=file]").set_input_files(file)
    why(page).click()
    expect(page.locator("[data-part=because]")).to_contain_text("Read as 0, mainly because")
    assert overlay(page).evaluate(COLOURS)[0] > 100
    shot(page, looks, "why-photo")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_kept_drawing_is_explained_on_its_page(visits, looks, anna, width):
    page = visits.page(person=anna, width=width)
    page.goto(f"/drawings/{keep(page, THREE)}/")
    why(page).click()
    expect(page.locator("[data-part=because]")).to_contain_text("Read as 3, mainly because")
    expect(page.locator("[data-part=because]")).not_to_contain_text("Model version")
    shot(page, looks, f"why-drawing-{width}")
    page.get_by_role("button", name="Replay").click()
    expect(overlay(page)).to_have_count(0)
