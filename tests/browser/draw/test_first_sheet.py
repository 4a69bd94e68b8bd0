"""The first sheet: 0 to 9, each written once. SCREENSHOTS=folder keeps pictures to look at."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pointer
from tests.browser.answers.test_personal import CLOSED_FOUR
from tests.browser.conftest import sign_up
from tests.browser.parts import part, shot

pytestmark = pytest.mark.browser


def box(digit: int) -> str:
    return f"[data-box='{digit}']"


def write(page: Page, digit: int, strokes: pointer.Strokes) -> None:
    page.locator(box(digit)).scroll_into_view_if_needed()
    pointer.with_mouse(page, strokes, sheet=f"{box(digit)} canvas")


def state(page: Page, digit: int, expected: str) -> None:
    expect(page.locator(box(digit))).to_have_attribute("data-state", expected)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_what_is_misread_is_put_right_there_and_then(visits, looks, width, dark):
    page = visits.page(width=width, dark=dark)
    sign_up(page, f"fanny{width}")
    page.goto("/")
    shot(page, looks, f"first-offer-{width}")
    page.get_by_role("link", name="Write 0 to 9 once").click()
    shot(page, looks, f"first-blank-{width}")
    expect(page.get_by_role("button", name="Keep")).to_have_attribute("aria-disabled", "true")
    write(page, 0, pointer.ZERO)
    write(page, 4, CLOSED_FOUR)
    write(page, 7, pointer.ONE)
    state(page, 0, "read")
    state(page, 4, "misread")
    expect(page.locator(box(4))).to_contain_text("Reads 9")
    state(page, 7, "misread")
    page.locator(box(7)).get_by_role("button", name="Write the 7 again").click()
    state(page, 7, "blank")
    write(page, 7, pointer.SEVEN)
    state(page, 7, "read")
    shot(page, looks, f"first-written-{width}")
    page.get_by_role("button", name="Keep them").click()
    expect(page.get_by_text("One was misread, and is read your way from now on.")).to_be_visible()
    state(page, 4, "righted")
    state(page, 7, "kept")
    shot(page, looks, f"first-kept-{width}")

    page.get_by_role("link", name="How you write").click()
    for digit in "047":
        expect(page.get_by_role("heading", name=digit, exact=True)).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("New here?")).to_have_count(0)
    pointer.with_mouse(page, CLOSED_FOUR)
    expect(part(page, "numeral")).to_have_text("4")


def test_on_a_broken_line_it_goes_on_where_it_was_and_keeps_nothing_twice(visits, new_person):
    page = visits.page("/first/", person=new_person("fritz"))
    write(page, 0, pointer.ZERO)
    write(page, 1, pointer.ONE)
    for digit in (0, 1):
        state(page, digit, "read")
    page.route("**/labels/*", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Keep them").click()
    expect(page.get_by_text("Press again; what is kept stays.")).to_be_visible()
    page.get_by_role("button", name="Keep them").click()
    expect(page.get_by_text("2 kept, all read right.")).to_be_visible()
    page.goto("/history/")
    expect(page.locator("[data-drawing]")).to_have_count(2)


def test_it_is_written_with_the_keyboard_alone(visits, new_person):
    page = visits.page("/first/", person=new_person("fiona"))
    page.locator(f"{box(1)} canvas").focus()
    page.keyboard.press("Space")
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    state(page, 1, "read")
