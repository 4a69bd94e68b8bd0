"""Tests drawing on the sheet and the answers shown."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import pointer
from tests.browser.parts import part
from tests.browser.pointer import ONE, SCRIBBLE, SEVEN, THREE, ZERO, strokes_of

pytestmark = pytest.mark.browser


def test_a_visitor_draws_with_the_mouse_and_sees_it_read(visits):
    page = visits.page()
    pointer.with_mouse(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    expect(part(page, "verdict")).to_have_text(re.compile(r"^\d\d\.\d% sure$"))
    expect(part(page, "timing")).to_have_text(re.compile(r"^read in .* ms, \d+ ms there and back$"))
    expect(page.locator(".best")).to_contain_text("7")
    assert page.get_by_role("button", name="Save").count() == 0


def test_the_answer_changes_while_one_draws(visits):
    page = visits.page()
    page.evaluate(
        """() => { window.seen = [];
        new MutationObserver(() => seen.push(document.querySelector('.numeral').textContent))
          .observe(document.querySelector('.numeral'), {childList: true}); }"""
    )
    pointer.with_mouse(page, THREE, steps=8)
    expect(part(page, "numeral")).to_have_text("3")
    assert len(set(page.evaluate("seen"))) > 1


def test_bars_and_the_picture_the_network_saw_follow(visits):
    page = visits.page()
    pointer.with_mouse(page, ONE)
    expect(part(page, "numeral")).to_have_text("1")
    grown = page.locator("[data-fill]").evaluate_all("all => all.map(e => e.style.transform)")
    assert grown[1] > "scaleY(0.9"
    light = part(page, "seen").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, 28, 28).data.filter((v, i) => i % 4 === 0"
        " && v > 128).length"
    )
    assert light > 20


def test_what_is_no_digit_is_called_so(visits):
    page = visits.page()
    pointer.with_mouse(page, SCRIBBLE)
    expect(part(page, "verdict")).to_have_text(re.compile("Not a digit|Unsure"))


def test_a_finger_draws_and_does_not_scroll(visits):
    page = visits.phone()
    assert page.evaluate("document.documentElement.scrollHeight > innerHeight")
    pointer.with_finger(page, SEVEN)
    expect(part(page, "numeral")).to_have_text("7")
    assert page.evaluate("scrollY") == 0
    assert len(strokes_of(page)) == 2


def test_a_second_finger_is_ignored(visits):
    page = visits.phone()
    [stroke] = pointer.on_sheet(page, ONE)
    palm = (stroke[0][0] + 90, stroke[0][1] + 90)
    cdp = page.context.new_cdp_session(page)
    pointer.touch(cdp, "touchStart", stroke[:1])
    pointer.touch(cdp, "touchStart", [stroke[0], palm])
    for point in pointer.between(stroke):
        pointer.touch(cdp, "touchMove", [point, palm])
    pointer.touch(cdp, "touchEnd", [])
    [kept] = strokes_of(page)
    assert {round(x) for x, *_ in kept} == {round(kept[0][0])}


def test_a_pen_presses_and_a_mouse_does_not(visits):
    page = visits.page()
    pointer.with_mouse(page, ONE)
    pointer.with_pen(page, ONE, force=0.75)
    by_mouse, by_pen = strokes_of(page)
    assert {len(point) for point in by_mouse} == {3}
    assert {point[3] for point in by_pen[:-1]} == {0.75}


def test_times_run_from_the_first_point(visits):
    page = visits.page()
    pointer.with_mouse(page, SEVEN)
    times = [point[2] for stroke in strokes_of(page) for point in stroke]
    assert times[0] == 0
    assert times == sorted(times)
    assert times[-1] > 0


def test_a_stroke_that_leaves_the_sheet_stays_one_stroke(visits):
    page = visits.page()
    pointer.with_mouse(page, [[(0.5, 0.3), (0.5, -0.1), (0.6, -0.1), (0.6, 0.7)]])
    [stroke] = strokes_of(page)
    assert min(y for _, y, *_ in stroke) < 0
    assert stroke[-1][1] > 0.6 * page.locator(pointer.SHEET).evaluate("c => c.clientHeight")


def test_the_right_button_draws_nothing(visits):
    page = visits.page()
    [[start, *_]] = pointer.on_sheet(page, ONE)
    page.mouse.click(*start, button="right")
    assert strokes_of(page) == []


def test_undo_redo_and_clear_by_key(visits):
    page = visits.page()
    pointer.with_mouse(page, SEVEN)
    counts = []
    for key in ["z", "z", "y", "Shift+Z", "Control+z", "Control+Shift+z", "c", "z", "Escape"]:
        page.keyboard.press(key)
        counts.append(len(strokes_of(page)))
    assert counts == [1, 0, 1, 2, 1, 2, 0, 2, 0]
    expect(part(page, "numeral")).to_have_text("")


def test_no_key_changes_the_ink_under_a_stroke(visits):
    page = visits.page()
    pointer.with_mouse(page, ZERO)
    [line] = pointer.on_sheet(page, ONE)
    page.mouse.move(*line[0])
    page.mouse.down()
    for key in ["z", "c", "Escape"]:
        page.keyboard.press(key)
    page.mouse.move(*line[-1], steps=4)
    page.mouse.up()
    assert len(strokes_of(page)) == 2


def test_the_keyboard_alone_writes_a_one(visits):
    page = visits.page()
    page.locator(pointer.SHEET).focus()
    keys = ["ArrowRight", "ArrowRight", " ", *["ArrowDown"] * 14, " ", "ArrowLeft"]
    for key in keys:
        page.keyboard.press(key)
    expect(part(page, "numeral")).to_have_text("1")
    [stroke] = strokes_of(page)
    assert len({x for x, *_ in stroke}) == 1


def test_undo_and_clear_by_button(visits):
    page = visits.page()
    pointer.with_mouse(page, SEVEN)
    page.get_by_role("button", name="Undo").click()
    assert len(strokes_of(page)) == 1
    page.get_by_role("button", name="Redo").click()
    assert len(strokes_of(page)) == 2
    page.get_by_role("button", name="Clear").click()
    assert strokes_of(page) == []


def test_keys_can_be_switched_off(visits):
    page = visits.page()
    pointer.with_mouse(page, ONE)
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("c")
    assert len(strokes_of(page)) == 1
    page.keyboard.press("Escape")
    assert strokes_of(page) == []


@pytest.mark.parametrize("scale", [1, 2])
def test_the_sheet_is_sharp_on_every_screen_and_after_a_resize(visits, scale):
    page = visits.page(device_scale_factor=scale)
    pointer.with_mouse(page, SEVEN)
    drawn = strokes_of(page)
    sizes = "c => [c.width / c.clientWidth, c.height / c.clientHeight, c.clientWidth]"
    *before, wide = page.locator(pointer.SHEET).evaluate(sizes)
    page.set_viewport_size({"width": 420, "height": 800})
    page.wait_for_timeout(200)
    *after, narrow = page.locator(pointer.SHEET).evaluate(sizes)
    assert before == pytest.approx([scale, scale], rel=0.01)
    assert after == pytest.approx([scale, scale], rel=0.01)
    assert narrow < wide
    assert strokes_of(page) == drawn


def test_a_photo_is_shown_and_read(visits):
    page = visits.page()
    picture = {"name": "zero.png", "mimeType": "image/png", "buffer": pointer.photo(ZERO)}
    part(page, "file").set_input_files(picture)
    expect(part(page, "numeral")).to_have_text("0")
    shown = page.locator(pointer.SHEET).evaluate(
        "c => c.getContext('2d').getImageData(c.width / 2, 0.02 * c.height + c.height / 2, 1, 1)"
        ".data[3]"
    )
    assert shown == 255
    page.keyboard.press("c")
    expect(part(page, "numeral")).to_have_text("")


def test_a_file_that_is_no_picture_is_refused_in_words(visits):
    page = visits.page()
    for name, mime, content, words in [
        ("a.txt", "text/plain", b"<html>no picture</html>", "use PNG"),
        ("a.png", "image/png", b"<html>no picture</html>", "use PNG"),
        ("a.png", "image/png", b"\x89PNG\r\n\x1a\nno more", "picture"),
    ]:
        picture = {"name": name, "mimeType": mime, "buffer": content}
        part(page, "file").set_input_files(picture)
        expect(part(page, "status")).to_contain_text(words)
        page.keyboard.press("c")


def test_the_answer_is_spoken_once_it_is_stable(visits):
    page = visits.page()
    spoken = part(page, "spoken")
    assert spoken.get_attribute("aria-live") == "polite"
    pointer.with_mouse(page, SEVEN)
    expect(spoken).to_have_text(re.compile(r"^Reads as 7, \d\d\.\d% sure\.$"))


def test_a_drawing_survives_a_reload(visits):
    page = visits.page()
    pointer.with_mouse(page, SEVEN)
    drawn = strokes_of(page)
    page.reload()
    expect(part(page, "numeral")).to_have_text("7")
    assert strokes_of(page) == drawn


def test_without_javascript_the_page_says_so(visits):
    page = visits.page(java_script_enabled=False)
    assert "Drawing needs JavaScript" in page.locator("noscript").text_content()
