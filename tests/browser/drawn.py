"""Has people draw who are looked at later."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.pointer import Strokes


@contextmanager
def page_of(person: Any, *, chromium: Browser, site: Any) -> Iterator[Page]:
    """The draw page of somebody whom `new_person` made, meanwhile."""
    with chromium.new_context(base_url=site.url, storage_state=person) as context:
        page = context.new_page()
        page.goto("/")
        yield page


def keep(page: Page, strokes: Strokes) -> int:
    """Keeps strokes through the API, waits for the answer, and returns the drawing's id."""
    lines = [[[x * 500, y * 500] for x, y in stroke] for stroke in strokes]
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    answer = page.request.post(
        "/api/drawings/",
        data={"strokes": lines, "width": 500, "height": 500},
        headers={"Prefer": "wait=5", "X-CSRFToken": token},
    )
    assert answer.status == 201
    return answer.json()["id"]
