"""Tests keys and clicks: held keys and double clicks act once; layouts of other scripts work."""

import pytest
from playwright.sync_api import expect

from tests.browser import keys, pointer
from tests.browser.pointer import ONE, SEVEN, strokes_of
from tests.browser.saving.test_keeping import button, drawings, is_asked, newest, status

pytestmark = pytest.mark.browser


def test_enter_held_saves_and_confirms_nothing(visits, new_person):
    page = visits.page(person=new_person("hedwig"))
    pointer.with_mouse(page, SEVEN)
    keys.hold(page, "Enter", times=40)
    is_asked(page)
    assert [one["label"] for one in drawings(page)] == [None]


def test_enter_held_on_a_button_presses_it_once(visits, anna):
    page = visits.page(person=anna)
    for strokes in (ONE, ONE, ONE):
        pointer.with_mouse(page, strokes)
    button(page, "Undo").focus()
    keys.hold(page, "Enter")
    assert len(strokes_of(page)) == 2


def test_a_digit_held_keeps_one_drawing(visits, new_person):
    page = visits.page(person=new_person("harald"))
    pointer.with_mouse(page, SEVEN)
    keys.hold(page, "7", times=30)
    expect(status(page)).to_have_text("Thank you. Saved as 7.")
    assert [one["label"]["digit"] for one in drawings(page)] == [7]


def test_space_held_sets_the_pen_down_once(visits):
    page = visits.page()
    page.locator(pointer.SHEET).focus()
    keys.hold(page, "Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert len(strokes_of(page)) == 1


@pytest.mark.parametrize("pause", [0, 350])
def test_a_second_click_on_save_confirms_nothing(visits, anna, pause):
    page = visits.page(person=anna)
    pointer.with_mouse(page, SEVEN)
    box = button(page, "Save").bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*at)
    if pause:
        page.wait_for_timeout(pause)
    page.mouse.click(*at)
    is_asked(page)
    page.mouse.click(*at)  # nor does a later one: no answer stands there
    page.wait_for_timeout(200)
    expect(newest(page)).to_contain_text("unlabelled")


# Presses keys and a button a moment after the question has come: from outside of the page, half a
# second may be over before they arrive.
PRESS_EARLY = """() => {
  const status = document.querySelector("[data-part=status]");
  const press = () => {
    for (const [key, code] of [["r", "KeyR"], ["Enter", "Enter"], ["4", "Digit4"], ["x", "KeyX"]]) {
      const sent = { key, code, bubbles: true, cancelable: true };
      document.body.dispatchEvent(new KeyboardEvent("keydown", sent));
    }
    document.querySelector("[data-do=right]").click();
    document.body.dataset.pressed = "yes";
  };
  new MutationObserver((_, observer) => {
    if (status.textContent !== "Saved. Was it read right?") return;
    observer.disconnect();
    setTimeout(press, 100);
  }).observe(status, { childList: true, characterData: true, subtree: true });
}"""


def test_a_question_takes_no_answer_in_its_first_half_second(visits, anna):
    page = visits.page(person=anna)
    pointer.with_mouse(page, SEVEN)
    page.evaluate(PRESS_EARLY)
    page.keyboard.press("s")
    expect(page.locator("body[data-pressed]")).to_have_count(1)
    is_asked(page)
    expect(newest(page)).to_contain_text("unlabelled")
    page.keyboard.press("r")
    expect(status(page)).to_have_text("Thank you. Saved as 7.")


def test_no_button_moves_when_the_question_comes(visits, anna):
    for page in (visits.page(person=anna), visits.phone(person=anna)):
        pointer.with_mouse(page, SEVEN)
        expect(page.locator("[data-part=numeral]")).to_have_text("7")
        before = [button(page, name).bounding_box() for name in ("Save", "Not a digit")]
        page.keyboard.press("s")
        is_asked(page)
        assert [button(page, name).bounding_box() for name in ("Save", "Not a digit")] == before


def test_keys_work_by_place_under_a_cyrillic_layout(visits, anna):
    page = visits.page(person=anna)
    pointer.with_mouse(page, SEVEN)
    keys.press(page, "я", "KeyZ", modifiers=keys.CONTROL)
    assert len(strokes_of(page)) == 1
    keys.press(page, "Я", "KeyZ", modifiers=keys.CONTROL | keys.SHIFT)
    assert len(strokes_of(page)) == 2
    keys.press(page, "ы", "KeyS")
    is_asked(page)
    keys.press(page, "к", "KeyR")
    expect(status(page)).to_have_text("Thank you. Saved as 7.")


def test_digits_of_all_scripts_are_digits(visits, anna):
    page = visits.page(person=anna)
    # Arabic-Indic, Persian, Devanagari, full-width; and a French keyboard's row without Shift.
    for key in "٧۷७７è":
        pointer.with_mouse(page, ONE)
        keys.press(page, key, "Digit7")
        expect(status(page)).to_have_text("Thank you. Saved as 7.")
        page.evaluate("document.querySelector('[data-part=status]').textContent = ''")
