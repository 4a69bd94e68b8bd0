"""Tests live answers while one writes: late ones, a slow connection, a busy site, being offline."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import pointer
from tests.browser.parts import part
from tests.browser.pointer import ONE, SEVEN, THREE, ZERO

pytestmark = pytest.mark.browser


def test_a_late_answer_never_overwrites_a_newer_one(visits):
    page = visits.page()
    late = Later(page)
    pointer.with_mouse(page, ONE)
    late.wait_for_first()
    page.keyboard.press("c")
    pointer.with_mouse(page, ZERO)
    expect(part(page, "numeral")).to_have_text("0")
    late.let_go()
    page.wait_for_timeout(300)
    expect(part(page, "numeral")).to_have_text("0")


def test_a_late_answer_does_not_come_back_to_a_cleared_sheet(visits):
    page = visits.page()
    late = Later(page)
    pointer.with_mouse(page, ONE)
    late.wait_for_first()
    page.keyboard.press("c")
    late.let_go()
    page.wait_for_timeout(300)
    expect(part(page, "numeral")).to_have_text("")


class Later:
    """A network that holds the first live question back until it is told to let go."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[Route] = []
        page.route("**/api/recognize/**", self._hold_first)

    def _hold_first(self, route: Route) -> None:
        if self.held:
            route.continue_()
        else:
            self.held.append(route)

    def wait_for_first(self) -> None:
        until = time.monotonic() + 10
        while not self.held and time.monotonic() < until:
            self.page.wait_for_timeout(20)
        assert self.held

    def let_go(self) -> None:
        self.held[0].continue_()


def test_at_most_one_question_is_under_way(visits):
    page = visits.page()
    page.evaluate(
        """() => { window.now = 0; window.most = 0; const real = fetch;
        window.fetch = (...all) => { now += 1; most = Math.max(most, now);
          return real(...all).finally(() => { now -= 1; }); }; }"""
    )
    pointer.with_mouse(page, THREE, steps=8)
    expect(part(page, "numeral")).to_have_text("3")
    assert page.evaluate("most") == 1


def test_a_busy_site_is_told_and_asked_again(visits):
    page = visits.page()
    refusals = []

    def refuse_once(route: Route) -> None:
        if refusals:
            return route.continue_()
        refusals.append(route)
        body = '{"error": "Request was throttled.", "code": "throttled"}'
        headers = {"Retry-After": "3", "Content-Type": "application/json"}
        return route.fulfill(status=429, headers=headers, body=body)

    page.route("**/api/recognize/**", refuse_once)
    pointer.with_mouse(page, SEVEN)
    expect(part(page, "status")).to_contain_text("Trying again")
    expect(part(page, "numeral")).to_have_text("7")
    expect(part(page, "status")).to_have_text("")


def test_a_network_that_is_away_is_told(visits):
    page = visits.page()
    page.context.set_offline(True)
    pointer.with_mouse(page, ONE)
    expect(part(page, "status")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    expect(part(page, "numeral")).to_have_text("1")


def test_a_slow_line_brings_answers_while_one_writes(visits):
    page = visits.page()
    cdp = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1}
    cdp.send("Network.enable")
    cdp.send("Network.emulateNetworkConditions", slow)
    [line] = pointer.on_sheet(page, ONE)
    page.mouse.move(*line[0])
    page.mouse.down()
    until = time.monotonic() + 6
    while not part(page, "numeral").inner_text() and time.monotonic() < until:
        for point in pointer.between(line):
            page.mouse.move(*point)
            page.wait_for_timeout(20)
    assert part(page, "numeral").inner_text()
    page.mouse.up()


def test_trying_again_goes_when_nothing_is_tried(visits):
    page = visits.page()
    page.context.set_offline(True)
    pointer.with_mouse(page, ONE)
    expect(part(page, "status")).to_contain_text("Trying again")
    page.keyboard.press("c")
    expect(part(page, "status")).to_have_text("")
