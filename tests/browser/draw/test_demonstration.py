"""A visitor sees at once what the page does: a digit is written by itself, until they touch it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pointer
from tests.browser.parts import part

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visits) -> Page:
    page = visits.page("")
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/")
    return page


def test_a_digit_is_written_and_read_once(page):
    expect(page.locator(".seen")).to_be_hidden()
    expect(page.locator(".bars")).to_be_hidden()
    expect(part(page, "numeral")).to_have_text("7", timeout=10_000)
    expect(page.locator("#draw[data-demonstration='7']")).to_be_visible()
    expect(page.locator(".bars")).to_be_visible()
    page.reload()  # it is nobody's drawing: nothing of it is kept
    expect(page.get_by_text("Your drawing is still here.")).to_be_hidden()


def test_the_first_touch_ends_it_and_is_a_stroke(page):
    expect(part(page, "numeral")).to_have_text("7", timeout=10_000)
    pointer.with_mouse(page, pointer.THREE)
    expect(part(page, "numeral")).to_have_text("3")
    expect(page.locator("#draw[data-demonstration]")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(part(page, "numeral")).to_have_text("")


def test_an_example_is_written_when_it_is_tapped(page):
    page.get_by_role("button", name="See it read: 4").click()
    expect(part(page, "numeral")).to_have_text("4", timeout=10_000)
    page.get_by_role("button", name="See it read: 2").click()
    expect(part(page, "numeral")).to_have_text("2", timeout=10_000)


def test_examples_are_on_the_first_screen_before_and_while_one_is_written(page):
    for width, height in [(1280, 800), (834, 1112), (844, 390), (390, 844), (320, 568)]:
        page.set_viewport_size({"width": width, "height": height})
        page.reload()
        last = page.get_by_role("button", name="See it read: 7")
        before = last.bounding_box()
        expect(part(page, "numeral")).to_have_text("7", timeout=20_000)
        assert before == last.bounding_box(), (width, height)
        assert before["y"] + before["height"] <= height, (width, height)


def test_examples_leave_a_drawing_alone(page):
    pointer.with_mouse(page, pointer.THREE)
    expect(part(page, "numeral")).to_have_text("3")
    expect(page.get_by_role("button", name="See it read: 4")).to_be_hidden()


def test_who_wants_nothing_to_move_sees_nothing_move(page):
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    page.wait_for_timeout(2000)
    expect(page.locator("#draw[data-sheet=blank]")).to_be_visible()
