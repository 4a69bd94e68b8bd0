"""Tests the review pages: labelling by keys, undoing, skipping, labelling many, and offline."""

import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import keys, pointer
from tests.browser.drawn import keep, page_of
from tests.browser.test_pages import LOOKS, check, keep_picture

pytestmark = pytest.mark.browser

SHAPES = [pointer.SEVEN, pointer.ONE, pointer.THREE, pointer.ZERO, pointer.SCRIBBLE]
LABELS = """
from recognizer.models import Label
for one in Label.objects.filter(author__username="{}").order_by("pk"):
    print("label:", one.drawing_id, one.digit, one.role)
"""


@pytest.fixture(scope="module")
def staff(new_person) -> Callable[[str], Any]:
    return partial(new_person, is_staff=True)


@pytest.fixture(scope="module")
def rosa(staff) -> Any:
    return staff("rosa")


@pytest.fixture
def drawn(chromium, site, new_person) -> Callable[[str, int], list[int]]:
    """Has somebody new draw so many; their numbers."""

    def draw(name: str, count: int) -> list[int]:
        with page_of(new_person(name), chromium=chromium, site=site) as page:
            return [keep(page, SHAPES[number % len(SHAPES)]) for number in range(count)]

    return draw


def labels_by(site: Any, name: str) -> list[list[str]]:
    """What they said: drawing, digit and role."""
    lines = site.run(LABELS.format(name)).splitlines()
    return [line.split()[1:] for line in lines if line.startswith("label: ")]


def shown(page: Page) -> int:
    """The number of the drawing that is looked at."""
    page.wait_for_selector("#review [data-part=sheet] img")
    return int(page.locator("[data-part=sheet] img").get_attribute("alt").split()[1])


def another_than(page: Page, number: int) -> None:
    page.wait_for_function(
        "number => !document.querySelector(`[data-part=sheet] img[alt='Drawing ${number}']`)",
        arg=number,
    )


def test_ten_by_keys_alone_at_well_over_sixty_a_minute(visits, site, rosa, drawn):
    drawn("rosalie", 12)
    page = visits.page("/review/?user=rosalie", person=rosa)
    seen = [shown(page)]
    started = time.monotonic()
    for number in range(10):
        page.keyboard.press("x" if number == 9 else str(number))
        seen.append(shown(page))  # the next is there at once: nothing is waited for
    seconds = time.monotonic() - started
    assert len(set(seen)) == 11
    assert seconds < 5, f"{600 / seconds:.0f} a minute"
    assert int(page.locator("[data-part=rate]").inner_text()) > 100
    expect(page.locator("[data-part=done]")).to_have_text("10")
    expect(page.locator("[data-part=remaining]")).to_have_text(re.compile(r"\d+"))
    wait_until_sent(page)
    said = labels_by(site, "rosa")
    digits = [*map(str, range(9)), "None"]
    assert said == [[str(pk), digit, "reviewer"] for pk, digit in zip(seen, digits, strict=False)]


def wait_until_sent(page: Page) -> None:
    expect(page.locator("#review")).to_have_attribute("data-unsent", "0")


def test_z_takes_back_and_space_passes_by(visits, site, staff, drawn):
    drawn("ramon", 4)
    page = visits.page("/review/?user=ramon", person=staff("ruth"))
    first = shown(page)
    page.keyboard.press("3")
    second = shown(page)
    page.keyboard.press("Space")
    another_than(page, second)
    page.keyboard.press("z")
    assert shown(page) == second
    expect(page.get_by_text("You skipped this one.")).to_be_visible()
    page.keyboard.press("z")
    assert shown(page) == first
    expect(
        page.get_by_text("You said 3. Say something else, and that counts instead.")
    ).to_be_visible()
    expect(page.locator("[data-part=done]")).to_have_text("0")
    page.keyboard.press("8")
    assert shown(page) == second
    page.keyboard.press("Space")
    another_than(page, second)
    wait_until_sent(page)
    assert labels_by(site, "ruth") == [[str(first), "3", "reviewer"], [str(first), "8", "reviewer"]]
    page.reload()
    assert shown(page) not in (first, second)


def test_a_digit_held_labels_one_and_a_double_click_too(visits, site, staff, drawn):
    drawn("reinhold", 4)
    page = visits.page("/review/?user=reinhold", person=staff("rahel"))
    first = shown(page)
    keys.hold(page, "5", times=30)
    another_than(page, first)
    second = shown(page)
    page.get_by_role("button", name="It is 3").dblclick()
    another_than(page, second)
    third = shown(page)
    page.keyboard.press("Control+z")
    another_than(page, third)
    assert shown(page) == second
    wait_until_sent(page)
    assert [said[:2] for said in labels_by(site, "rahel")] == [
        [str(first), "5"],
        [str(second), "3"],
    ]


def test_nothing_is_lost_while_the_site_cannot_be_reached(visits, site, staff, drawn):
    drawn("rudi", 3)
    page = visits.page("/review/?user=rudi", person=staff("rhea"))
    first = shown(page)
    page.context.set_offline(True)
    page.keyboard.press("4")
    expect(page.get_by_text("1 not sent yet: The site cannot be reached.")).to_be_visible()
    assert shown(page) != first
    page.context.set_offline(False)
    wait_until_sent(page)
    expect(page.get_by_text("not sent yet")).to_have_count(0)
    assert labels_by(site, "rhea") == [[str(first), "4", "reviewer"]]


def test_two_reviewers_see_different_drawings(visits, staff, drawn):
    drawn("rene", 2)
    first = visits.page("/review/?user=rene", person=staff("rolanda"))
    shown(first)
    second = visits.page("/review/?user=rene", person=staff("roberta"))
    expect(second.get_by_text("Nothing left to review")).to_be_visible()
    first.goto("/")  # gives them back
    second.reload()
    assert shown(second)


def test_by_buttons_on_a_phone(visits, site, staff, drawn):
    drawn("remo", 2)
    page = visits.phone("/review/?user=remo", person=staff("rina"))
    first = shown(page)
    page.get_by_role("button", name="It is 5").tap()
    another_than(page, first)
    page.get_by_role("button", name="Not a digit").tap()
    expect(page.get_by_text("Nothing left to review")).to_be_visible()
    wait_until_sent(page)
    assert [said[1] for said in labels_by(site, "rina")] == ["5", "None"]


@pytest.mark.parametrize(("width", "height"), [(834, 1112), (844, 390), (667, 375)])
def test_tablets_and_phones_on_their_side_show_all_that_is_pressed(
    visits, staff, drawn, width, height
):
    drawn(f"olga-{width}", 1)
    page = visits.page(
        f"/review/?user=olga-{width}", person=staff(f"olaf-{width}"), width=width, height=height,
        has_touch=True, is_mobile=True,
    )  # fmt: skip
    shown(page)
    pressed = page.locator("#review button:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().toJSON())"
    )
    for one in pressed:
        assert one["width"] >= 24 and one["right"] <= width and one["bottom"] <= height, one


def test_many_at_once(visits, site, staff, drawn):
    made = drawn("raul", 5)
    page = visits.page("/review/grid/?user=raul", person=staff("rike"))
    boxes = page.get_by_role("checkbox", name="Drawing")
    expect(boxes).to_have_count(5)
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.get_by_text("3 ticked")).to_be_visible()
    page.keyboard.press("6")
    expect(page.get_by_text("3 drawings labelled.")).to_be_visible()
    expect(boxes).to_have_count(2)
    page.keyboard.press("a")
    page.get_by_role("button", name="Untick all").click()
    expect(page.get_by_role("button", name="Untick all")).to_have_count(0)
    page.get_by_role("button", name="Tick all").click()
    page.get_by_role("button", name="Not a digit").click()
    expect(page.get_by_text("No matches")).to_be_visible()
    said = labels_by(site, "rike")
    assert sorted(int(pk) for pk, _, _ in said) == made
    assert [digit for _, digit, _ in said] == ["6"] * 3 + ["None"] * 2


def test_offline_nothing_is_done_and_what_is_ticked_stays_ticked(visits, staff, drawn):
    drawn("reto", 2)
    page = visits.page("/review/grid/?user=reto", person=staff("rosalind"))
    page.get_by_role("button", name="Tick all").click()
    page.context.set_offline(True)
    page.keyboard.press("6")
    expect(page.get_by_role("alert")).to_contain_text("You are offline. Nothing was changed.")
    expect(page.get_by_text("2 ticked")).to_be_visible()
    page.context.set_offline(False)
    page.keyboard.press("6")
    expect(page.get_by_text("2 drawings labelled.")).to_be_visible()


BOXES = """names => names.map(
    (name) => document.querySelector(`[data-part=${name}]`).getBoundingClientRect().toJSON())"""


def test_the_owner_sees_that_a_reviewer_said_otherwise(visits, site, staff, new_person, chromium):
    owner = new_person("rufus")
    page = visits.page("/", person=owner)
    number = keep(page, pointer.SEVEN)
    page.goto("/history/")
    page.keyboard.press("j")
    page.keyboard.press("9")
    expect(page.get_by_text("it is 9")).to_be_visible()
    review = visits.page("/review/?user=rufus", person=staff("romy"))
    assert shown(review) == number
    review.keyboard.press("4")
    wait_until_sent(review)
    page.reload()
    expect(page.get_by_text("a reviewer says it is 4, you said 9")).to_be_visible()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        # At one moment: pictures that arrive move what is below them.
        figure, words = page.evaluate(BOXES, ["confidence", "truth"])
        assert figure["height"] < 25  # one line
        assert words["y"] >= figure["y"] + figure["height"]
    page.goto(f"/drawings/{number}/")
    expect(page.get_by_text("A reviewer says it is 4, you said 9.")).to_be_visible()


def test_an_error_lifts_no_field(visits, rosa):
    page = visits.page("/review/?least=50&user=nobody-at-all", person=rosa)
    expect(page.get_by_text("Nobody here is called nobody-at-all.")).to_be_visible()
    fields = page.locator(".filter :is(input, select)").all()
    assert len({round(field.bounding_box()["y"]) for field in fields}) == 1


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_how_it_looks(visits, looks, staff, drawn, width, dark):
    name = f"rex{width}{'d' if dark else 'l'}"
    drawn(name, 8)
    reviewer = staff(f"{name}-reviewer")
    page = visits.page("", person=reviewer, width=width, dark=dark, is_mobile=width < 600)
    for path in (
        f"/review/?user={name}",
        "/review/?least=90&most=10",
        f"/review/grid/?user={name}",
    ):
        page.goto(path)
        if path.startswith("/review/?user"):
            shown(page)
            page.keyboard.press("7")
            page.wait_for_timeout(300)
        check(page)
        keep_picture(page, looks, f"staff{path.split('?')[0]}-{len(path)}", width=width, dark=dark)
    page.goto(f"/review/?user={name}&digit=3&state=right")
    expect(page.get_by_text("Nothing left to review")).to_be_visible()
    check(page)


# Blind -------------------------------------------------------------------------------------------

CHECKED = """
from recognizer.models import Drawing
from training.models import SpotCheck
drawing = Drawing.objects.get(pk={})
SpotCheck.objects.create(
    drawing=drawing, digit=drawing.digit, model_version_id=drawing.answer.model_version_id
)
"""


def expect_nothing_told(page: Page) -> None:
    review = page.locator("#review")
    expect(review.locator("[data-part=numeral]")).to_have_text("?")
    expect(review.locator("[data-part=verdict]")).to_have_text("")
    expect(review.locator("[data-part=name]")).not_to_contain_text("version")
    assert set(review.locator("[data-value]").all_inner_texts()) == {""}
    expect(page.get_by_role("button", name="As read")).to_be_hidden()


def test_a_blind_reviewer_sees_what_was_read_once_they_have_said_it(visits, site, staff, drawn):
    drawn("robin", 3)
    page = visits.page("/review/?user=robin", person=staff("rebekka"))
    shown(page)
    page.get_by_label("Hide the answer until I have labelled the drawing").check()
    page.wait_for_load_state()
    first = shown(page)
    expect_nothing_told(page)
    page.keyboard.press("r")  # nothing can be confirmed unseen
    assert shown(page) == first
    page.keyboard.press("7")
    another_than(page, first)
    before = page.locator("[data-part=before]")
    expect(before).to_have_text(re.compile(rf"^Drawing {first}: you said 7[,;] the model.+\.$"))
    expect_nothing_told(page)
    page.reload()  # it stays so
    shown(page)
    expect_nothing_told(page)
    assert labels_by(site, "rebekka") == [[str(first), "7", "reviewer"]]
    page.get_by_label("Hide the answer until I have labelled the drawing").uncheck()
    page.wait_for_load_state()
    expect(page.locator("[data-part=numeral]")).not_to_have_text("?")


def test_what_is_drawn_at_random_is_always_blind(visits, site, staff, drawn):
    [number] = drawn("roland", 1)
    site.run(CHECKED.format(number))
    page = visits.page("/review/?user=roland", person=staff("rabea"))
    assert shown(page) == number
    expect(page.get_by_text("Drawn at random, to measure")).to_be_visible()
    expect_nothing_told(page)


# The rest ----------------------------------------------------------------------------------------


def test_the_rest_is_confirmed_by_one_key(visits, site, staff, drawn):
    [*made] = drawn("renate", 4)  # a 7, a 1, a 3 and a 0: nobody doubts them
    page = visits.page("/review/grid/?user=renate&state=sure", person=staff("rut"))
    boxes = page.get_by_role("checkbox", name="Drawing")
    expect(boxes).to_have_count(len(made))
    struck = int(boxes.nth(1).get_attribute("value"))
    boxes.nth(1).click()
    page.keyboard.press("c")
    expect(page.get_by_text("3 drawings confirmed.")).to_be_visible()
    expect(page.get_by_text("1 drawing left to other reviewers.")).to_be_visible()
    assert {int(pk) for pk, _, _ in labels_by(site, "rut")} == {*made} - {struck}
