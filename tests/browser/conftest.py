"""A real browser on the real site."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.chromium import find as find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "paper-and-ink-1"

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visits:
    """Opens pages as one person or as nobody, and notes what the browser complains of."""

    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)

    def page(
        self, path: str = "/", *, person: Any = None, width: int = 1280, dark: bool = False,
        **options: Any,
    ) -> Page:  # fmt: skip
        height = 844 if width < 600 else 800
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            storage_state=person,
            **options,
        )
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if path:
            page.goto(path)
        return page

    def phone(self, path: str = "/", **options: Any) -> Page:
        return self.page(path, width=390, has_touch=True, is_mobile=True, **options)

    def _console(self, message: Any) -> None:
        # A refused request is told by the page; that the browser also notes it is no fault.
        refused = message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not refused:
            self.complaints.append(message.text)


@pytest.fixture
def visits(chromium: Browser, site: Any) -> Iterator[Visits]:
    """Every test fails whose pages made the browser complain."""
    visits = Visits(chromium, site.url)
    yield visits
    for context in visits.contexts:
        context.close()
    assert visits.complaints == []


def sign_up(page: Page, name: str) -> None:
    for _ in range(2):
        page.goto("/accounts/signup/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign up").click()
        page.wait_for_load_state()
        if page.get_by_role("heading", name="Too many tries").count() == 0:
            break
        page.wait_for_timeout(61_000)  # the site takes twenty a minute
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.fixture(scope="session")
def new_person(chromium: Browser, site: Any) -> Callable[[str], Any]:
    """Signs somebody up; what comes back signs `visits.page` in as them."""

    def make(name: str) -> Any:
        context = chromium.new_context(base_url=site.url)
        sign_up(context.new_page(), name)
        state = context.storage_state()
        context.close()
        return state

    return make


@pytest.fixture(scope="session")
def anna(new_person: Callable[[str], Any]) -> Any:
    return new_person("anna")


@pytest.fixture(scope="session")
def looks() -> Path | None:
    """Where to put screenshots, if SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)
