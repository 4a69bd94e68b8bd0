"""What is saved or said offline, signed out or by a visitor waits here, and is sent once."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pointer
from tests.browser.conftest import PASSWORD
from tests.browser.parts import part
from tests.browser.pointer import ONE, SEVEN, THREE, strokes_of
from tests.browser.saving.test_keeping import CREATE, button, drawings, newest, status

pytestmark = pytest.mark.browser


def count_requests(page: Page) -> list[str]:
    """The drawings that the page asks the site to make from now on."""
    made: list[str] = []
    page.on("request", lambda one: made.append(one.url) if CREATE.search(one.url) else None)
    return made


def test_a_drawing_saved_offline_is_sent_once(visits, new_person):
    page = visits.page(person=new_person("ida"))
    page.context.set_offline(True)
    pointer.with_mouse(page, SEVEN)
    page.keyboard.press("s")
    expect(status(page)).to_have_text("Saved in this browser for now. Which digit is it?")
    expect(page.locator("#draw")).to_have_attribute("data-state", "asking")
    page.keyboard.press("7")
    expect(status(page)).to_have_text("Thank you. Saved as 7 in this browser for now.")
    expect(part(page, "outbox")).to_contain_text("1 drawing is kept here and will be sent later.")
    assert strokes_of(page) == []
    page.context.set_offline(False)
    expect(part(page, "outbox")).to_have_text("1 drawing that waited here is saved.")
    expect(newest(page)).to_contain_text("right")
    page.reload()
    expect(part(page, "outbox")).to_have_text("")
    assert [one["label"]["digit"] for one in drawings(page)] == [7]


def test_an_answer_lost_on_its_way_makes_no_second_drawing(visits, new_person):
    page = visits.page(person=new_person("ingeborg"))
    made = count_requests(page)

    def lose_first_answer(route):
        if len(made) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    page.route(CREATE, lose_first_answer)
    pointer.with_mouse(page, SEVEN)
    page.keyboard.press("s")
    expect(status(page)).to_have_text("Saved. Was it read right?")
    assert len(made) == 2
    assert len(drawings(page)) == 1


def test_a_digit_said_offline_of_a_kept_drawing_is_sent_later(visits, new_person):
    page = visits.page(person=new_person("ilse"))
    pointer.with_mouse(page, ONE)
    page.keyboard.press("s")
    expect(page.locator("#draw")).to_have_attribute("data-state", "asking")
    page.context.set_offline(True)
    page.keyboard.press("4")
    expect(status(page)).to_have_text("Thank you. Saved as 4 in this browser for now.")
    page.context.set_offline(False)
    expect(part(page, "outbox")).to_have_text("1 drawing that waited here is saved.")
    assert [one["label"]["digit"] for one in drawings(page)] == [4]


def test_what_outlives_the_session_is_saved_after_signing_in(visits, new_person):
    page = visits.page(person=new_person("bertha"))
    pointer.with_mouse(page, SEVEN)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("1")
    expect(status(page)).to_contain_text("Saved as 1 in this browser")
    expect(part(page, "outbox")).to_contain_text("You are signed out.")
    page.goto("/accounts/login/?next=/")
    page.get_by_label("Username or email").fill("bertha")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(part(page, "outbox")).to_have_text("1 drawing that waited here is saved.")
    assert [one["label"]["digit"] for one in drawings(page)] == [1]


def test_a_visitors_correction_is_theirs_once_they_have_an_account(visits):
    page = visits.page()
    pointer.with_mouse(page, THREE)
    expect(part(page, "numeral")).to_have_text("3")
    expect(page.get_by_text("Wrong? Tap what it is.")).to_be_visible()
    button(page, "It is 8").click()
    expect(status(page)).to_have_text("Thank you: it is 8.")
    page.reload()
    waits = part(page, "outbox")
    expect(waits).to_have_text(re.compile("^1 drawing waits in this browser. Sign up"))
    waits.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("ingrid")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign up").click()
    expect(part(page, "outbox")).to_have_text("1 drawing that waited here is saved.")
    expect(newest(page)).to_contain_text("wrong")
    [kept] = drawings(page)
    assert kept["label"]["digit"] == 8
    button(page, "Sign out").click()
    expect(part(page, "outbox")).to_have_text("")


def test_the_demonstration_cannot_be_corrected(visits):
    page = visits.page("", reduced_motion="no-preference")
    page.goto("/")
    expect(part(page, "numeral")).to_have_text("7", timeout=10_000)
    expect(page.get_by_text("Wrong? Tap what it is.")).to_be_hidden()
    button(page, "It is 4").click()
    expect(part(page, "outbox")).to_have_text("")


def test_a_label_given_offline_in_the_history_is_sent_later(visits, new_person):
    page = visits.page(person=new_person("iris"))
    pointer.with_mouse(page, SEVEN)
    page.keyboard.press("s")
    expect(page.locator("#draw")).to_have_attribute("data-state", "asking")
    page.goto("/history/")
    page.context.set_offline(True)
    page.keyboard.press("j")
    page.keyboard.press("9")
    trouble = page.locator("#trouble")
    expect(trouble).to_contain_text("1 kept here, to be sent later.")
    page.context.set_offline(False)
    expect(page.locator("#spoken")).to_contain_text("is 9: wrong.")
    expect(trouble).to_have_text("")
    assert [one["label"]["digit"] for one in drawings(page)] == [9]
