"""The draw page on every screen: sheet, answer and Save together, nothing over anything else."""

import re
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pointer
from tests.browser.parts import part
from tests.browser.pointer import FORTY_TWO, FOUR, LETTER_H, SEVEN
from tests.browser.saving.test_keeping import is_asked

pytestmark = pytest.mark.browser

PHONES = [(390, 844), (320, 568), (844, 390), (568, 320)]
# Between a phone and a desk, 150% of a window of 1280x800, and 200% of larger ones.
MIDDLE = [(820, 1180), (834, 700), (834, 1112), (880, 700), (930, 800), (853, 533), (720, 450)]
MIDDLE += [(667, 375)]
# Bytes of a first visit, without headers
MOST_COLD = 52_000
APART = [".sheet", ".tools", ".numeral", ".verdict", "[data-do=why]", ".seen", ".bars", ".keeping"]


@pytest.fixture
def seven(visits, anna) -> Page:
    """A page with a 7 on its sheet, and its answer."""
    page = visits.page(person=anna)
    pointer.with_mouse(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    return page


def boxes(page: Page, *selectors: str) -> dict[str, dict[str, float]]:
    """Where these parts lie in the window once it has its size."""
    return page.evaluate(
        """async (names) => {
          await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          const box = (name) => document.querySelector(name).getBoundingClientRect();
          return Object.fromEntries(names.map((name) => [name, box(name).toJSON()]));
        }""",
        selectors,
    )


def overlapping(page: Page) -> list[tuple[str, str]]:
    found = boxes(page, *APART)
    return [pair for pair in combinations(APART, 2) if overlap(*(found[one] for one in pair))]


def spilling(page: Page) -> list[str]:
    """The buttons and words whose text does not fit into them."""
    return page.locator(".keeping button, .verdict").evaluate_all(
        """all => all.filter((one) => one.scrollWidth > one.clientWidth
            || one.scrollHeight > one.clientHeight + 1).map((one) => one.textContent)"""
    )


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    return all(
        one[start] + 1 < other[end] and other[start] + 1 < one[end]
        for start, end in (("left", "right"), ("top", "bottom"))
    )


def test_sheet_answer_and_save_are_on_one_screen(seven):
    for width, height in PHONES:
        seven.set_viewport_size({"width": width, "height": height})
        seven.evaluate("scrollTo(0, 0)")
        found = boxes(seven, ".sheet", ".bars", "[data-do=save]")
        assert [name for name, one in found.items() if one["bottom"] > height] == [], (
            width,
            height,
        )
        assert found[".sheet"]["width"] >= 192, (width, height)
        assert overlapping(seven) == [], (width, height)
        rows = seven.locator(".top a, .top button").evaluate_all(
            "all => new Set(all.map((one) => Math.round(one.getBoundingClientRect().top))).size"
        )
        assert rows == 1, (width, height)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (390, 664), (320, 568)])
def test_a_visitors_first_screen_says_how_good_it_is(visits, width, height):
    page = visits.page("")
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/")
    found = boxes(page, ".proof", ".sheet", ".bars")
    assert found[".proof"]["height"] > 0
    assert found[".proof"]["bottom"] <= found[".sheet"]["top"]
    assert found[".bars"]["bottom"] <= height


@pytest.mark.parametrize(("width", "height"), PHONES)
def test_what_becomes_of_a_visitors_correction_is_in_view(visits, width, height):
    page = visits.page("")
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/")
    pointer.with_mouse(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    page.get_by_role("button", name="It is 2").click()
    expect(part(page, "outbox")).to_contain_text("1 drawing waits in this browser.")
    expect(part(page, "outbox")).to_be_in_viewport(ratio=1)
    expect(part(page, "status")).to_be_in_viewport(ratio=1)
    expect(page.locator(".sheet")).to_be_in_viewport(ratio=0.85)


def test_a_second_line_of_words_moves_nothing(seven):
    rival, sizes = part(seven, "rival"), PHONES + MIDDLE
    expect(rival).to_be_empty()
    with_one = [_height_of_bars(seven, size) for size in sizes]
    seven.set_viewport_size({"width": 1280, "height": 800})
    seven.get_by_role("button", name="Clear").click()
    pointer.with_mouse(seven, LETTER_H)
    expect(rival).not_to_be_empty()
    with_two = [_height_of_bars(seven, size) for size in sizes]
    assert dict(zip(sizes, with_two, strict=True)) == dict(zip(sizes, with_one, strict=True))


def _height_of_bars(page: Page, size: tuple[int, int]) -> float:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("scrollTo(0, 0)")
    return boxes(page, ".bars")[".bars"]["top"]


def test_a_number_leaves_save_on_the_screen(seven):
    seven.keyboard.press("c")
    pointer.with_mouse(seven, FORTY_TWO)
    expect(part(seven, "numeral")).to_have_text("42")
    for width, height in PHONES:
        seven.set_viewport_size({"width": width, "height": height})
        seven.evaluate("scrollTo(0, 0)")
        found = boxes(seven, ".sheet", "[data-do=save]")
        assert [name for name, one in found.items() if one["bottom"] > height] == [], (
            width,
            height,
        )
        assert overlapping(seven) == [], (width, height)


def test_a_strangers_first_screen_says_what_the_page_is_for_and_takes_a_correction(visits):
    page = visits.page()
    for width, height in PHONES[:3]:
        page.set_viewport_size({"width": width, "height": height})
        found = boxes(page, "h1", ".mark", ".top nav", ".sheet")
        assert 0 <= found["h1"]["top"] < found["h1"]["bottom"] <= height, (width, height)
        assert [
            pair for pair in combinations(found, 2) if overlap(*(found[one] for one in pair))
        ] == [], (width, height)
    pointer.with_mouse(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    for width, height in PHONES[:3]:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        found = boxes(page, "[data-digit='7']", ".mistake")
        assert found["[data-digit='7']"]["height"] >= 44, (width, height)
        assert found[".mistake"]["bottom"] <= height, (width, height)


def test_a_first_visit_costs_little(visits):
    page, finished = visits.page(""), []
    page.on("requestfinished", lambda one: finished.append(one))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert 20_000 < sum(one.sizes()["responseBodySize"] for one in finished) < MOST_COLD


def test_a_strangers_first_screen_on_a_desk(visits, looks):
    """With SCREENSHOTS=docs, the README's picture."""
    page = visits.page(width=1200, height=800)
    pointer.with_mouse(page, FOUR)
    expect(part(page, "numeral")).to_have_text("4")
    assert boxes(page, ".mistake")[".mistake"]["bottom"] <= 800
    if looks:
        page.mouse.move(0, 0)
        page.wait_for_timeout(400)
        page.screenshot(path=looks / "draw.png")


def test_nothing_lies_over_anything_else_for_a_stranger(visits):
    page = visits.page()
    pointer.with_mouse(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    parts = [
        ".intro",
        *(name for name in APART if name != ".keeping"),
        ".tools button:last-of-type",
    ]
    for width, height in [*MIDDLE, (1280, 800)]:
        page.set_viewport_size({"width": width, "height": height})
        found = boxes(page, *parts)
        over = [pair for pair in combinations(parts, 2) if overlap(*(found[one] for one in pair))]
        assert over == [(".tools", ".tools button:last-of-type")], (width, height)


def test_nothing_lies_over_anything_else(seven):
    for strokes, answer in ((SEVEN, "7"), (FORTY_TWO, "42")):
        seven.keyboard.press("c")
        pointer.with_mouse(seven, strokes)
        expect(part(seven, "numeral")).to_have_text(answer)
        for width, height in MIDDLE:
            seven.set_viewport_size({"width": width, "height": height})
            assert overlapping(seven) == [], (answer, width, height)
            assert spilling(seven) == [], (answer, width, height)
            assert seven.evaluate("document.documentElement.scrollWidth <= innerWidth")
        seven.set_viewport_size({"width": 1280, "height": 800})


def test_after_right_the_sheet_is_there_again(visits, anna):
    page = visits.phone(person=anna)
    pointer.with_finger(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    page.get_by_role("button", name="Save").click()
    is_asked(page)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.get_by_role("button", name="Right").click()
    expect(page.locator("#draw")).to_have_attribute("data-state", "drawing")
    assert boxes(page, ".sheet")[".sheet"]["top"] >= 0


def test_bars_and_inks_differ_in_the_systems_colours(visits, anna):
    page = visits.page(person=anna, forced_colors="active", dark=True)
    pointer.with_mouse(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    page.keyboard.press("w")
    expect(part(page, "because")).to_have_text(re.compile("."))
    colour = "(one, name) => getComputedStyle(one)[name]"
    fills = [
        page.locator(name).first.evaluate(colour, "backgroundColor")
        for name in (".best .fill", "li:not(.best) .fill", "body")
    ]
    keys = [
        page.locator(name).evaluate(colour, "borderColor") for name in (".key.for", ".key.against")
    ]
    assert len({*fills}) == 3
    assert len({*keys}) == 2
    ink, paper = (
        page.locator(".sheet").evaluate(colour, one) for one in ("color", "backgroundColor")
    )
    assert ink != paper
