"""Sites that the tests of `make run` start."""

from pathlib import Path

import pytest

from tests.stack import Site


@pytest.fixture
def start():
    """Starts sites, and clears away what a failed test left of them."""
    sites = []

    def start(var: Path, **options) -> Site:
        sites.append(Site(var, **options))
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


@pytest.fixture
def refused():
    """Starts a site that cannot start, and returns the one line that says why."""

    def start(var: Path, **environment) -> str:
        site = Site(var, **environment)
        code = site.process.wait(timeout=30)
        assert (code, site.processes()) == (1, {})
        [line] = site.terminal().splitlines()
        assert line.startswith("Cannot start: ")
        return line

    return start
