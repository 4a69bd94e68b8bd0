"""Tests touches that the system cancels, palms, dropped files, and small screens."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser import pointer
from tests.browser.parts import part
from tests.browser.pointer import ONE, SEVEN, ZERO, strokes_of

pytestmark = pytest.mark.browser

DROP = """([name, type, bytes]) => {
  const dropped = new DataTransfer();
  if (name) dropped.items.add(new File([new Uint8Array(bytes)], name, {type}));
  else dropped.setData('text/uri-list', 'http://example.org/');
  const event = new DragEvent('drop', {dataTransfer: dropped, bubbles: true, cancelable: true});
  document.querySelector('.foot').dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_a_touch_that_the_system_cancels_leaves_no_stroke(visits):
    page = visits.phone()
    pointer.with_finger(page, ONE)
    page.get_by_role("button", name="Undo").click()
    [stroke] = pointer.on_sheet(page, ONE)
    cdp = page.context.new_cdp_session(page)
    pointer.touch(cdp, "touchStart", stroke[:1])
    pointer.touch(cdp, "touchMove", stroke[1:2])
    pointer.touch(cdp, "touchCancel", [])
    assert strokes_of(page) == []
    page.get_by_role("button", name="Redo").click()  # what it would have made void is still there
    assert len(strokes_of(page)) == 1


def test_a_palm_is_no_ink_while_a_pen_is_in_use(visits):
    page = visits.phone()
    cdp = page.context.new_cdp_session(page)
    pointer.with_pen(page, ONE)
    palm(cdp, page)
    pointer.with_pen(page, ONE)
    assert len(strokes_of(page)) == 2
    page.wait_for_timeout(1600)
    palm(cdp, page)  # now a finger's
    assert len(strokes_of(page)) == 3


def palm(cdp: CDPSession, page: Page) -> None:
    [[(x, y), *_]] = pointer.on_sheet(page, [[(0.8, 0.9)]])
    pointer.touch(cdp, "touchStart", [(x, y)])
    pointer.touch(cdp, "touchEnd", [])


def test_a_phone_on_its_side_shows_the_whole_sheet(visits, anna):
    for person in (None, anna):
        page = visits.page(person=person, width=844, height=390, has_touch=True, is_mobile=True)
        box = page.locator(pointer.SHEET).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 390
        assert box["width"] == pytest.approx(box["height"], abs=1)
        pointer.with_finger(page, SEVEN)
        expect(part(page, "numeral")).to_have_text("7")
        assert page.evaluate("scrollY") == 0
        beside = box["x"] + box["width"] + 60
        swipe(page.context.new_cdp_session(page), beside, 300, 100)
        page.wait_for_function("() => scrollY > 0")


def swipe(cdp: CDPSession, x: float, start: int, end: int) -> None:
    pointer.touch(cdp, "touchStart", [(x, start)])
    for y in range(start, end, -10):
        pointer.touch(cdp, "touchMove", [(x, y)])
    pointer.touch(cdp, "touchEnd", [])


def test_a_picture_is_known_by_its_bytes_wherever_it_is_dropped(visits):
    page = visits.page()
    for name, kind in [("zero.png", "image/jpg"), ("zero", "")]:
        picture = list(pointer.photo(ZERO))
        assert page.evaluate(DROP, [name, kind, picture])
        expect(part(page, "numeral")).to_have_text("0")
        page.keyboard.press("c")


@pytest.mark.parametrize(
    "dropped",
    [["a.txt", "text/plain", [1, 2]], ["a.png", "image/png", []], ["", "", []]],
    ids=["a text", "an empty file", "a link"],
)
def test_a_drop_that_cannot_be_used_says_so_and_leads_nowhere(visits, dropped):
    page = visits.page()
    assert page.evaluate(DROP, dropped)
    expect(part(page, "status")).to_contain_text("This cannot be read as a picture")


BLOCKED = """for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, {get() { throw new DOMException('', 'SecurityError'); }});
}"""


def test_with_storage_blocked_everything_works_but_keeping(visits, anna):
    page = visits.page("", person=anna)
    page.add_init_script(BLOCKED)
    page.goto("/")
    pointer.with_mouse(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("c")
    expect(page.locator("#draw")).to_have_attribute("data-sheet", "ink")
    page.get_by_label("Single-key shortcuts").check()
    page.keyboard.press("7")
    expect(part(page, "status")).to_have_text("Thank you. Saved as 7.")
    page.goto("/history/")
    page.keyboard.press("j")
    page.keyboard.press("7")
    expect(page.locator("#spoken")).to_contain_text("is 7: right.")
