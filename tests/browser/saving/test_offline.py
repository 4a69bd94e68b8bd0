"""Once it was seen, the draw page works without the site; what is said there is saved later."""

import pytest
from playwright.sync_api import expect

from tests.browser import pointer
from tests.browser.parts import part
from tests.browser.pointer import SEVEN
from tests.browser.saving.test_keeping import button, drawings

pytestmark = pytest.mark.browser

KEPT = """async () => {
  await navigator.serviceWorker.ready;
  const kept = await caches.open('draw-page');
  return (await kept.keys()).map(({url}) => new URL(url).pathname);
}"""


def test_the_draw_page_works_offline_and_sends_later(visits, new_person):
    page = visits.page(person=new_person("oda"), service_workers="allow")
    kept = page.evaluate(KEPT)
    assert "/" in kept
    assert not [path for path in kept if path != "/" and not path.startswith("/static/")]
    page.context.set_offline(True)
    page.goto("/history/")
    expect(page).to_have_url("/")
    expect(page.get_by_role("link", name="Sign up").first).to_be_visible()  # nobody's page
    expect(part(page, "status")).to_contain_text("You are offline. What you draw and say here")
    page.emulate_media(reduced_motion="no-preference")
    page.reload()
    page.wait_for_timeout(2000)
    expect(page.locator("#draw[data-sheet=blank]")).to_be_visible()  # nothing shows itself
    pointer.with_mouse(page, SEVEN)
    expect(page.locator("#draw[data-sheet=blank]")).to_have_count(0)
    expect(page.locator(".seen")).to_be_hidden()  # nothing was read
    button(page, "It is 7").click()
    expect(part(page, "outbox")).to_contain_text("1 drawing waits in this browser.")
    page.context.set_offline(False)
    expect(part(page, "outbox")).to_have_text("1 drawing that waited here is saved.")
    assert [one["label"]["digit"] for one in drawings(page)] == [7]
