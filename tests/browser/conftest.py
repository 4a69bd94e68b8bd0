"""A real browser on the real site."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
SIGNED_IN = """
from django.test import Client
from django.contrib.auth.models import Group
from recognizer.models import User
client = Client()
user = User.objects.create_user({name!r}, password={password!r}, **{fields!r})
if user.is_staff:
    user.groups.set(Group.objects.filter(name="Admins"))
client.force_login(user)
print("session:", client.cookies["sessionid"].value)
"""

# Long enough for a worker of low priority on a machine that does much else.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    # Playwright leaves an event loop in this thread, where other tests then use the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"
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
        self, path: str = "/", *, person: Any = None, width: int = 1280, height: int | None = None,
        dark: bool = False, **options: Any,
    ) -> Page:  # fmt: skip
        height = height or (844 if width < 600 else 800)
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            storage_state=person,
            # Else the draw page writes a digit by itself, and keeps itself for being offline.
            **{"reduced_motion": "reduce", "service_workers": "block"} | options,
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
        expected = message.text.startswith(
            ("Failed to load resource", "Service Worker registration blocked by Playwright")
        )
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(message.text)


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Visits]:
    """Fails if a page made the browser complain."""
    visits = Visits(browser, url)
    yield visits
    for context in visits.contexts:
        context.close()
    assert visits.complaints == []


@pytest.fixture
def visits(chromium: Browser, site: Any) -> Iterator[Visits]:
    """Every test fails whose pages made the browser complain."""
    with visiting(chromium, site.url) as visits:
        yield visits


def sign_up(page: Page, name: str) -> None:
    """Signs somebody up by the form, which takes twenty a minute: see `new_person`."""
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.fixture(scope="session")
def new_person(site: Any) -> Callable[..., Any]:
    """Makes a user; what comes back signs `visits.page` in as them."""

    def make(name: str, **fields: object) -> Any:
        code = SIGNED_IN.format(name=name, password=PASSWORD, fields=fields)
        session = site.run(code).partition("session: ")[2].strip()
        cookie = {"name": "sessionid", "value": session, "domain": "127.0.0.1", "path": "/"}
        kind = {"httpOnly": True, "secure": False, "sameSite": "Lax", "expires": -1}
        return {"cookies": [cookie | kind], "origins": []}

    return make


@pytest.fixture(scope="session")
def anna(new_person: Callable[..., Any]) -> Any:
    """Read as everybody is: what one test has her say must not change what another sees."""
    return new_person("anna", personal_reading=False)


@pytest.fixture(scope="session")
def looks() -> Path | None:
    """Where to put screenshots, if SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)
