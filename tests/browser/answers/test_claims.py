"""Tests that only an answer that names something can be confirmed, and only by its page's user."""

import pytest
from playwright.sync_api import expect

from tests.browser import pointer
from tests.browser.conftest import sign_up
from tests.browser.pointer import SEVEN
from tests.browser.saving.test_keeping import button, drawings, is_asked, status

pytestmark = pytest.mark.browser


def test_an_unsure_answer_cannot_be_right(visits, anna, site):
    with site.champion(8, sure=0.4):
        page = visits.page(person=anna)
        pointer.with_mouse(page, SEVEN)
        page.keyboard.press("s")
        is_asked(page, "Saved. Which digit is it?")
        expect(button(page, "Right")).to_be_hidden()
        page.keyboard.press("r")
        page.goto("/history/")
        page.keyboard.press("j")
        page.keyboard.press("r")
        page.locator("[data-drawing] a").first.click()
        expect(page.get_by_text("Unsure").first).to_be_visible()
        expect(button(page, "Right")).to_have_count(0)
        page.keyboard.press("r")
        page.reload()
        assert drawings(page)[0]["label"] is None


def test_not_a_digit_can_be_right(visits, anna, site):
    with site.champion(8, is_digit=0.1):
        page = visits.page(person=anna)
        pointer.with_mouse(page, SEVEN)
        page.keyboard.press("s")
        is_asked(page)
        # While that version answers: what nobody labelled is answered again by the next one.
        page.keyboard.press("r")
        expect(status(page)).to_have_text("Thank you. Saved as not a digit.")
    assert drawings(page)[0]["outcome"] == "right"


def test_a_page_keeps_nothing_for_somebody_who_signed_in_in_another_tab(visits, new_person):
    page = visits.page(person=new_person("cleo"))
    pointer.with_mouse(page, SEVEN)
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    sign_up(other, "cleos-guest")
    page.keyboard.press("s")
    expect(status(page)).to_contain_text("somebody else")
    assert drawings(other) == []


def test_a_file_that_is_no_picture_leaves_the_sheet_free(visits, anna):
    page = visits.page(person=anna)
    page.locator("[data-part=file]").set_input_files(
        {"name": "page.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nno more"}
    )
    expect(status(page)).to_contain_text("picture")
    pointer.with_mouse(page, SEVEN)
    expect(page.locator("[data-part=numeral]")).to_have_text("7")
