"""Passkeys, with a real browser's own authenticator."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_authenticator(page: Page) -> None:
    """Gives the browser a key that says yes at once."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_passkey_is_added_and_opens_the_account(visits, new_person, looks, width):
    name = f"pascal-{width}"
    new_person(name)
    # A key is for a name, which the address 127.0.0.1 is not.
    site = visits.url.replace("127.0.0.1", "localhost")
    page = visits.page("", width=width)
    with_authenticator(page)
    page.goto(f"{site}/accounts/login/")
    sign_in(page, name)
    page.goto(f"{site}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    codes = page.get_by_label("Unused codes")
    expect(codes).to_be_visible()
    if looks:
        page.screenshot(path=looks / f"recovery-codes-{width}.png")
    page.goto(f"{site}/accounts/2fa/")
    expect(page.get_by_text("You have added 1 security key.")).to_be_visible()
    if looks:
        page.screenshot(path=looks / f"second-factor-{width}.png")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/accounts/login/")
    if looks:
        page.screenshot(path=looks / f"login-{width}.png")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("link", name="Account")).to_be_visible()
