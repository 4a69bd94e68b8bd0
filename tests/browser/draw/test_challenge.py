"""A game on the draw page: write a digit that the site cannot read."""

import pytest
from playwright.sync_api import expect

from tests.browser import pointer
from tests.browser.parts import part

pytestmark = pytest.mark.browser


def test_what_cannot_be_read_scores(visits):
    page = visits.page()
    game = page.locator("#challenge")
    expect(game).to_contain_text(
        "Can you fool it? Write a 7 that it cannot read, then say what it is. Your score: 0"
    )
    pointer.with_mouse(page, pointer.SCRIBBLE)
    expect(part(page, "verdict")).to_have_text("Not a digit")
    page.keyboard.press("7")
    expect(game).to_contain_text("You fooled it. Now write a 0 that it cannot read")
    expect(game).to_contain_text("Your score: 1")
    pointer.with_mouse(page, pointer.SCRIBBLE)
    expect(part(page, "verdict")).to_have_text("Not a digit")
    page.keyboard.press("7")  # a 0 was asked for
    expect(page.get_by_text("2 drawings wait in this browser.")).to_be_visible()
    expect(game).to_contain_text("Your score: 1")


def test_what_is_read_does_not_score(visits):
    page = visits.page()
    pointer.with_mouse(page, pointer.SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    page.keyboard.press("7")
    game = page.locator("#challenge")
    expect(game).to_contain_text("It read that one. Now write a 0 that it cannot read")
    expect(game).to_contain_text("Your score: 0")
