"""A thousand drawings brought in from a file."""

import math
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.recognizer.imports.made import jsonl, line

pytestmark = [pytest.mark.browser, pytest.mark.services]
COUNT = 1000
CHOOSE = """(field, bytes) => {
  const chosen = new DataTransfer();
  chosen.items.add(new File([new Uint8Array(bytes)], "a.zip"));
  field.files = chosen.files;
  field.dispatchEvent(new Event("change"));
}"""


@pytest.fixture
def page(visits: Any, new_person: Any, request: Any) -> Page:
    return visits.page("/history/", person=new_person(request.node.name[:20]))


def ring(number: int) -> list[list[list[float]]]:
    """A zero that no other number gives."""
    turn = [2 * math.pi * step / 10 for step in range(11)]
    return [[[50 + (20 + number / 50) * math.cos(a), 50 + 40 * math.sin(a)] for a in turn]]


@pytest.mark.slow
def test_a_thousand_drawings_are_shown_stored_and_reported(page: Page) -> None:
    content = jsonl(*(line(0, n % 10, strokes=ring(n)) for n in range(COUNT)), "no drawing")
    page.get_by_role("link", name="Import drawings").click()
    file = {"name": "mine.jsonl", "mimeType": "application/jsonl", "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Preview").click()

    store = page.get_by_role("button", name="Store 1,000 drawings")
    expect(store).to_be_visible()
    expect(page.get_by_text("line 1001")).to_be_visible()
    expect(page.get_by_text("The line is not valid JSON.")).to_be_visible()
    expect(page.locator(".first img")).to_have_count(12)
    store.click()

    expect(page.locator("progress")).to_be_visible()
    expect(page.get_by_text("1,000 drawings stored")).to_be_visible()
    page.get_by_role("link", name="See the history").click()
    expect(page.locator("[data-drawing]").first).to_have_attribute("data-mine", "9")


def test_a_file_that_is_too_large_is_told_before_it_is_sent(page: Page) -> None:
    page.goto("/history/import/")
    field = page.get_by_label("File", exact=True)
    field.evaluate(CHOOSE, 10_000_001)
    assert "larger than 10 MB" in field.evaluate("field => field.validationMessage")
    field.evaluate(CHOOSE, 10_000_000)
    assert field.evaluate("field => field.validationMessage") == ""
