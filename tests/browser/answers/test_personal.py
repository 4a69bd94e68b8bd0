"""One correction counts at once, for who made it. SCREENSHOTS=folder keeps pictures to look at."""

import re
import time

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser import pointer
from tests.browser.conftest import sign_up
from tests.browser.parts import part, shot
from tests.browser.saving.test_keeping import is_asked

pytestmark = [pytest.mark.browser, pytest.mark.services]

# A closed 4, which the network takes for a 9.
CLOSED_FOUR: pointer.Strokes = [
    [(0.38, 0.2), (0.36, 0.45), (0.6, 0.45), (0.62, 0.2), (0.38, 0.2)],
    [(0.61, 0.2), (0.61, 0.82)],
]
INK = {
    "strokes": [[[500 * x, 500 * y] for x, y in stroke] for stroke in CLOSED_FOUR],
    "width": 500,
    "height": 500,
}
WITHIN = 1.0  # seconds


def likeness(page: Page):
    return page.locator(".likeness")


def correct(page: Page, digit: int) -> None:
    page.keyboard.press("s")
    is_asked(page)
    page.keyboard.press(str(digit))
    expect(page.get_by_text("Thank you.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_correction_is_not_needed_twice(visits, looks, width):
    page = visits.page(width=width)
    sign_up(page, f"nora{width}")
    page.goto("/")
    pointer.with_mouse(page, CLOSED_FOUR)
    expect(part(page, "numeral")).to_have_text("9")
    expect(likeness(page)).to_be_empty()
    correct(page, 4)
    expect(page.get_by_text("From now on this is a 4 for you.")).to_be_visible()
    shot(page, looks, f"personal-corrected-{width}")

    pointer.with_mouse(page, CLOSED_FOUR)
    expect(part(page, "numeral")).to_have_text("4")
    expect(likeness(page)).to_contain_text("Read your way: like this 4 of ")
    expect(likeness(page)).to_contain_text("The network alone reads 9.")
    assert likeness(page).locator("img").evaluate("img => img.decode().then(() => img.width)") > 0
    page.keyboard.press("w")
    expect(page.locator("[data-part=your-way]")).to_contain_text("Your own 4 of ")
    shot(page, looks, f"personal-live-{width}")
    page.keyboard.press("w")
    page.keyboard.press("s")
    is_asked(page)
    expect(part(page, "numeral")).to_have_text("4")
    expect(likeness(page)).to_contain_text("Read your way")
    page.keyboard.press("r")
    expect(page.get_by_text("Saved as 4.")).to_be_visible()

    page.goto("/history/")
    first = page.locator("[data-drawing]").first
    expect(first).to_contain_text("The network alone reads 9.")
    expect(first.locator("[data-part=outcome]")).to_have_text("right")
    shot(page, looks, f"personal-history-{width}")
    first.get_by_role("link").click()
    expect(likeness(page)).to_contain_text("Read your way: like this 4 of ")
    shot(page, looks, f"personal-drawing-{width}")
    likeness(page).get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/drawings/\d+/$"))

    page.goto("/account/")
    expect(page.get_by_text("1 of your last 200 drawings was read right")).to_be_visible()
    shot(page, looks, f"personal-account-{width}")
    page.get_by_role("link", name="2 shapes of yours").click()
    expect(page.get_by_role("heading", name="4")).to_be_visible()
    shot(page, looks, f"personal-shapes-{width}")
    for left in ("", "No shapes yet"):
        page.get_by_role("button", name="Remove").first.click()
        expect(page.get_by_text("no longer decides how yours are read")).to_be_visible()
        expect(page.get_by_text(left or "How you write").first).to_be_visible()
    page.goto("/")
    pointer.with_mouse(page, CLOSED_FOUR)
    expect(part(page, "numeral")).to_have_text("9")


def test_nobody_else_is_read_so(visits, new_person):
    nils = visits.page(person=new_person("nils"))
    pointer.with_mouse(nils, CLOSED_FOUR)
    correct(nils, 4)
    for page in (visits.page(person=new_person("nadja")), visits.page()):
        pointer.with_mouse(page, CLOSED_FOUR)
        expect(part(page, "numeral")).to_have_text("9")
        page.wait_for_timeout(300)
        expect(page.get_by_text("Read your way")).to_have_count(0)


def test_it_is_switched_off_and_on_again(visits, new_person):
    page = visits.page(person=new_person("nelly"))
    pointer.with_mouse(page, CLOSED_FOUR)
    correct(page, 4)
    for switched_on, digit in ((False, "9"), (True, "4")):
        page.goto("/account/")
        page.get_by_label("Read digits the way I write them").set_checked(switched_on)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        page.wait_for_timeout(1000 * WITHIN)
        page.goto("/")
        pointer.with_mouse(page, CLOSED_FOUR)
        expect(part(page, "numeral")).to_have_text(digit)


# Every process ----------------------------------------------------------------------------------

TOKEN = """
from recognizer.accounts import tokens
from recognizer.models import User
user = User.objects.create_user("norbert")
print("token:", tokens.make(user, name="t", scopes=["draw", "read", "correct"], days=1)[1])
"""


def test_web_processes_and_the_worker_agree_within_a_second(site):
    secret = site.run(TOKEN).partition("token: ")[2].strip()
    headers = {"Authorization": f"Token {secret}"}

    def live() -> set[int | None]:
        """What is read over connections of their own, which all processes answer."""
        asked = [
            requests.post(f"{site.url}/api/recognize/", json=INK, headers=headers, timeout=9)
            for _ in range(12)
        ]
        return {answer.json()["digit"] for answer in asked}

    def saved() -> dict:
        wait = headers | {"Prefer": "wait=5"}
        return requests.post(f"{site.url}/api/drawings/", json=INK, headers=wait, timeout=9).json()

    assert live() == {9}
    drawing = saved()
    assert drawing["personal_answer"] is None
    labels = f"{site.url}/api/drawings/{drawing['id']}/labels/"
    requests.post(labels, json={"digit": 4}, headers=headers, timeout=9)
    time.sleep(WITHIN)
    assert live() == {4}
    kept = saved()
    assert (kept["answer"]["digit"], kept["personal_answer"]["digit"]) == (9, 4)
    requests.delete(labels, headers=headers, timeout=9)
    time.sleep(WITHIN)
    assert live() == {9}
    assert saved()["personal_answer"] is None
