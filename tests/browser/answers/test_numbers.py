"""Several digits on one sheet, and what is none."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import pointer
from tests.browser.parts import part, shot
from tests.browser.pointer import FORTY_TWO, LETTER_H, ONE, TOUCHING, ZERO, moved

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_a_number_is_read_and_each_digit_framed(visits, looks, width):
    page = visits.page(width=width)
    pointer.with_mouse(page, FORTY_TWO)
    expect(part(page, "numeral")).to_have_text("42")
    expect(part(page, "rival")).to_have_text(re.compile(r"^4 \(\d\d\.\d%\), 2 \(\d\d\.\d%\)$"))
    expect(part(page, "spoken")).to_have_text(re.compile(r"^Reads as the number 42, .* sure\.$"))
    figures = part(page, "figures").locator("li")
    expect(figures).to_have_text([re.compile(r"^4\d\d"), re.compile(r"^2\d\d")])
    expect(page.get_by_text("Only single digits teach.")).to_be_visible()
    expect(page.locator(".bars .track").first).to_be_hidden()
    frames = part(page, "parts").locator("span")
    assert frames.evaluate_all("all => all.map(one => one.dataset.digit)") == ["4", "2"]
    four, two = (frames.nth(at).bounding_box() for at in range(2))
    sheet = page.locator(pointer.SHEET).bounding_box()
    assert sheet["x"] < four["x"] < two["x"] < sheet["x"] + sheet["width"] - two["width"]
    shot(page, looks, f"number-{width}")
    page.keyboard.press("c")
    expect(frames).to_have_count(0)


def test_digits_that_touch_are_told_of(visits, looks):
    page = visits.page()
    pointer.with_mouse(page, TOUCHING)
    expect(part(page, "verdict")).to_have_text("Several digits")
    expect(part(page, "rival")).to_have_text("Write them side by side, with gaps.")
    expect(part(page, "spoken")).to_have_text("Several digits. Write them side by side, with gaps.")
    shot(page, looks, "touching-1280")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, looks, "touching-390")


def test_a_letter_gets_no_digit(visits, looks):
    page = visits.page()
    pointer.with_mouse(page, LETTER_H)
    expect(part(page, "verdict")).to_have_text(re.compile("^Not a digit$|^Unsure: "))
    expect(part(page, "parts").locator("span")).to_have_count(0)
    shot(page, looks, "letter-1280")


def test_a_photo_of_a_number_is_read(visits, looks):
    page = visits.page()
    number = moved(ZERO, by=-0.25, size=0.5) + moved(ONE, by=0.2, size=0.5)
    picture = {"name": "number.png", "mimeType": "image/png", "buffer": pointer.photo(number)}
    part(page, "file").set_input_files(picture)
    expect(part(page, "numeral")).to_have_text("01")
    shot(page, looks, "photo-1280")


def test_a_kept_number_is_in_the_history(visits, new_person, looks):
    page = visits.page(person=new_person("nora"))
    pointer.with_mouse(page, FORTY_TWO)
    expect(part(page, "numeral")).to_have_text("42")
    page.keyboard.press("s")
    expect(page.locator("#recent [data-answer]").first).to_have_text("42")
    expect(part(page, "status")).to_contain_text("Only single digits teach")
    shot(page, looks, "kept-1280")
    page.goto("/history/")
    expect(page.locator("#drawings [data-part=answer]").first).to_contain_text("42")
    shot(page, looks, "history-1280")
    page.locator("#drawings a").first.click()
    expect(part(page, "numeral")).to_contain_text("42")
    expect(part(page, "parts").locator("span")).to_have_count(2)
    shot(page, looks, "drawing-1280")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, looks, "drawing-390")
