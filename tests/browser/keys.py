"""Keys as keyboards of all kinds send them: held, or with another layout than the browser's own."""

from playwright.sync_api import Page

CONTROL, SHIFT = 2, 8


def hold(page: Page, key: str, *, times: int = 8) -> None:
    """Holds a key so long that it repeats so many times."""
    for _ in range(times + 1):
        page.keyboard.down(key)
        page.wait_for_timeout(30)
    page.keyboard.up(key)


def press(page: Page, key: str, code: str, *, modifiers: int = 0) -> None:
    """Presses the key at the place `code`, which writes `key`."""
    cdp = page.context.new_cdp_session(page)
    pressed = {"key": key, "code": code, "modifiers": modifiers}
    cdp.send("Input.dispatchKeyEvent", pressed | {"type": "keyDown"})
    cdp.send("Input.dispatchKeyEvent", pressed | {"type": "keyUp"})
