"""What tests of the draw page look at, and pictures of it."""

from pathlib import Path

from playwright.sync_api import Locator, Page


def part(page: Page, name: str) -> Locator:
    return page.locator(f"[data-part={name}]")


def shot(page: Page, looks: Path | None, name: str) -> None:
    """Keeps a picture, where there is a folder for them."""
    if looks:
        page.wait_for_timeout(400)  # for what moves
        page.screenshot(path=looks / f"{name}.png", full_page=True)
