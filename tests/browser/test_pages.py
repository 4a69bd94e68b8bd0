"""Every page, wide and light, on a phone and dark: nothing complained of, nothing out of place, and
no fault that axe-core finds.

SCREENSHOTS=folder keeps a picture of each to look at.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT as AXE
from playwright.sync_api import Page, expect

from tests.browser import pointer
from tests.browser.drawn import keep, page_of
from tests.browser.test_journey import confirm

pytestmark = pytest.mark.browser

FOR_ALL = [
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-none/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/none/",
    "/accounts/inactive/",
    "/nowhere/",
    "/help/",
    "/learning/",
    "/privacy/",
    "/about/",
    "/api/docs/",
]
SIGNED_IN = [
    "/",
    "/history/",
    "/history/?state=wrong",
    "/history/?from=2026-02-01&to=2026-01-01",
    "/history/delete/",
    "/history/deleted/",
    "/history/import/",
    "{strokes}",
    "{upload}",
    "/account/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
]
# What axe-core finds. All that it says besides would take as long to bring over as to find out.
FAULTS = """
axe.run({resultTypes: ["violations"]})
    .then(found => found.violations.map(fault => [fault.id, fault.nodes[0].html]))
"""
CONTRAST = """
axe.run(".selector-chosen-title", {runOnly: ["color-contrast"]})
    .then(found => found.violations.map(fault => fault.nodes[0].html))
"""
# What is too low for a finger.
LOW = """
[...document.querySelectorAll("main :is(a, button, select, summary, input[type=file])")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().width > 1)
    .filter(one => one.getBoundingClientRect().height < 24)
    .map(one => one.outerHTML)
"""
LOOKS = [(1280, False), (390, True)]


@pytest.fixture(scope="module")
def jane(new_person, chromium, site) -> Any:
    """Somebody with a drawing and an upload."""
    person = new_person("jane")
    with page_of(person, chromium=chromium, site=site) as page:
        strokes = keep(page, pointer.SEVEN)
        token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
        picture = {"name": "0.png", "mimeType": "image/png", "buffer": pointer.photo(pointer.ZERO)}
        headers = {"X-CSRFToken": token, "Prefer": "wait=5"}
        kept = page.request.post("/api/drawings/", multipart={"image": picture}, headers=headers)
        upload = kept.json()["id"]
    return person, {"strokes": f"/drawings/{strokes}/", "upload": f"/drawings/{upload}/"}


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_pages_for_all(visits, looks, width, dark):
    page = visits.page("", width=width, dark=dark, is_mobile=width < 600)
    for path in FOR_ALL:
        page.goto(path)
        check(page)
        keep_picture(page, looks, f"visitor{path}", width=width, dark=dark)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_pages_for_people(visits, looks, jane, width, dark):
    person, addresses = jane
    page = visits.page("", person=person, width=width, dark=dark, is_mobile=width < 600)
    for path in SIGNED_IN:
        page.goto(path.format(**addresses))
        check(page)
        keep_picture(
            page,
            looks,
            f"person{path.format(strokes='-strokes', upload='-upload')}",
            width=width,
            dark=dark,
        )


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_draw_page_in_every_state(visits, looks, jane, width, dark):
    page = visits.page(person=jane[0], width=width, dark=dark, is_mobile=width < 600)
    for name, strokes in [("digit", pointer.SEVEN), ("none", pointer.SCRIBBLE)]:
        pointer.with_mouse(page, strokes)
        page.wait_for_function("document.querySelector('.verdict').textContent")
        check(page)
        keep_picture(page, looks, f"draw-{name}", width=width, dark=dark)
        page.keyboard.press("c")
    pointer.with_mouse(page, pointer.SEVEN)
    page.keyboard.press("s")
    page.wait_for_selector("[data-state=asking]")
    check(page)
    keep_picture(page, looks, "draw-asking", width=width, dark=dark)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_apis_description_is_read_like_any_page(visits, looks, width, dark):
    page = visits.page("/api/docs/", width=width, dark=dark, is_mobile=width < 600)
    page.get_by_text("POST /api/recognize/").click()
    expect(page.get_by_text("Reads ink at once. Nothing is stored.")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    check(page)
    keep_picture(page, looks, "api-docs", width=width, dark=dark)


def test_the_admin_runs_under_the_policy(visits, site, new_person):
    page = visits.page("/", person=new_person("kira"))
    pointer.with_mouse(page, pointer.SEVEN)
    page.keyboard.press("7")
    page.wait_for_selector("#recent li")
    drawing = page.locator("#recent li").get_attribute("data-drawing")
    boss = "from recognizer.models import User; me = User.objects.filter(username='kira');"
    site.run(boss + "me.update(is_staff=True, is_superuser=True)")
    page.goto("/")
    page.get_by_role("link", name="Teach").click()
    page.get_by_role("link", name="Admin").click()
    for path in ("drawing/", f"drawing/{drawing}/change/", "user/", "modelversion/"):
        assert page.goto(f"/admin/recognizer/{path}").status == 200
    page.goto("/admin/django_celery_beat/periodictask/add/")
    confirm(page)
    page.locator("#id_crontab").select_option(index=1)
    expect(page.locator(".field-crontab")).to_contain_text("In words: At ")
    page.goto("/admin/recognizer/user/1/change/")
    expect(page.get_by_text("Chosen groups")).to_be_visible()
    page.evaluate(AXE)
    assert page.evaluate(CONTRAST) == []
    page.get_by_role("link", name="Teach").click()
    page.wait_for_url("**/review/**")


def test_fingers_press_what_is_in_the_admin(visits, new_person):
    staff = {"is_staff": True, "is_superuser": True}
    page = visits.phone("/admin/recognizer/user/add/", person=new_person("mona", **staff))
    confirm(page)
    page.wait_for_url("**/user/add/")
    for path in ("", "recognizer/user/", "recognizer/user/1/change/", "training/trainingrun/"):
        page.goto(f"/admin/{path}")
        assert page.evaluate(LOW) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("width", [320, 390])
def test_staff_reach_every_link_on_a_phone(visits, looks, new_person, width):
    staff = {"is_staff": True, "is_superuser": True}
    page = visits.page("/history/", person=new_person(f"lena-{width}", **staff), width=width)
    nav = page.get_by_role("navigation", name="Site")
    expect(nav.get_by_role("link", name="Teach")).to_be_visible()
    assert nav.evaluate("nav => nav.scrollWidth <= nav.clientWidth")
    assert nav.bounding_box()["height"] < 50  # one row
    end = nav.get_by_role("button", name="Sign out").bounding_box()
    assert end["x"] + end["width"] <= width
    nav.get_by_role("link", name="Teach").click()
    teach = page.get_by_role("navigation", name="Teach")
    expect(teach.get_by_role("link", name="Admin")).to_be_visible()
    assert teach.evaluate("nav => nav.scrollWidth <= nav.clientWidth")
    page.goto("/history/")
    check(page)
    keep_picture(page, looks, "staff", width=width, dark=False)


def test_a_name_of_one_long_word_fits_on_the_narrowest_phone(visits, new_person):
    page = visits.page("/account/", person=new_person("Wolfeschlegelstein" * 5), width=320)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_tab_leads_to_the_content(visits):
    page = visits.page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_reader_chooses_light_or_dark(visits):
    page = visits.page(dark=True)
    desk = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(desk)
    pointer.with_mouse(page, pointer.SEVEN)
    theme = page.get_by_label("Theme")
    theme.select_option("light")
    light = page.evaluate(desk)
    assert light != dark
    ink = "canvas => canvas.getContext('2d').strokeStyle"
    assert page.locator(pointer.SHEET).evaluate(ink) == "#22398f"
    page.goto("/privacy/")
    assert page.evaluate(desk) == light
    expect(theme).to_have_value("light")
    theme.select_option("system")
    page.reload()
    assert page.evaluate(desk) == dark


def test_paper_shows_the_page_and_not_its_controls(visits):
    page = visits.page("/help/", dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("link", name="Sign in")).to_be_hidden()
    expect(page.get_by_label("Theme")).to_be_hidden()
    expect(page.get_by_role("heading", name="Help", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation", name="About the site")).to_be_hidden()


def test_paper_shows_a_drawing_and_not_what_can_be_done_with_it(visits, jane):
    person, addresses = jane
    page = visits.page(addresses["strokes"], person=person)
    page.emulate_media(media="print")
    for gone in ("Sharing", "Download as a picture", "Tap the digit that it is."):
        expect(page.get_by_text(gone, exact=True)).to_be_hidden()
    expect(page.get_by_role("heading", name="What was predicted")).to_be_visible()


def test_paper_shows_the_history_and_not_its_keys(visits, jane):
    page = visits.page("/history/", person=jane[0])
    expect(page.get_by_text("Move with the arrow keys")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("Move with the arrow keys")).to_be_hidden()
    expect(page.locator("#drawings li").first).to_be_visible()


def test_a_question_mark_shows_the_keys(visits):
    page = visits.page()
    page.keyboard.press("?")
    expect(page.locator("details.keys dl")).to_be_visible()
    page.goto("/privacy/")
    page.keyboard.press("?")
    page.wait_for_url("**/help/#keys")


def test_back_after_sign_out_shows_nothing_private(visits, new_person):
    page = visits.page("/", person=new_person("judith"))
    drawing = keep(page, pointer.SEVEN)
    for path in ("/history/", f"/drawings/{drawing}/", "/account/"):
        page.goto(path)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    for _ in range(3):
        page.go_back()
        expect(page.get_by_role("heading", name="Sign In")).to_be_visible()


def test_a_page_that_the_browser_remembers_is_loaded_anew(visits, jane):
    page = visits.page("/history/", person=jane[0])
    page.evaluate("window.old = true")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.wait_for_function("() => !window.old && document.readyState === 'complete'")
    expect(page.get_by_role("heading", name="History")).to_be_visible()


def test_a_second_click_makes_no_second_token_and_a_reload_none(visits, new_person):
    page = visits.page("/account/", person=new_person("klara"))
    page.get_by_label("Name of a new token").fill("my pen")
    page.get_by_role("button", name="Create a token").click()
    confirm(page)
    expect(page.get_by_label("Your new token")).to_have_value(re.compile("^digit_"))
    page.reload()
    expect(page.get_by_role("button", name="Revoke my pen")).to_have_count(1)
    expect(page.get_by_label("Your new token")).to_have_count(0)
    page.get_by_label("Name of a new token").fill("my brush")
    page.get_by_role("button", name="Create a token").dblclick()
    expect(page.get_by_label("Your new token")).to_be_visible()
    expect(page.get_by_role("button", name="Revoke my brush")).to_have_count(1)


def check(page: Page) -> None:
    where = page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
    assert page.title().endswith("Numeral"), where
    assert page.locator("h1").count() == 1, where
    assert page.evaluate(LOW) == [], where
    page.evaluate(AXE)
    assert page.evaluate(FAULTS) == [], where


def keep_picture(page: Page, looks: Path | None, name: str, *, width: int, dark: bool) -> None:
    if looks is None:
        return
    name = name.strip("/").replace("/", "-").replace("?", "-")
    file = looks / f"{name}-{width}-{'dark' if dark else 'light'}.png"
    page.screenshot(path=file, full_page=True)
