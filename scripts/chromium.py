"""Finds a Chromium for the browser tests; as a program, gets one if there is none and prints it.

In this order: the variable CHROMIUM, the PATH, Playwright's own, Playwright's download, apt-get as
root. Exit code 1, and how to get one, where all that fails.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

from playwright.sync_api import sync_playwright

# The headless shell has no windows of its own to draw, and takes half the processor's time.
SHELL = "chromium-headless-shell"
NAMES = [SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
START_SECONDS = 60
HOW = (
    "The browser's tests need a Chromium. Install one (Debian: apt-get install"
    " chromium-headless-shell), or name one: CHROMIUM=/path/to/chrome make test. Without: make"
    " test-fast."
)


Place = Callable[[], Iterator[str]]


def find(*more: Place) -> str:
    """The path of an installed Chromium, or of one that the commands in `more` install. Exits with
    instructions if there is none."""
    for place in (named, on_the_path, playwrights, *more):
        for path in place():
            if starts(path):
                return path
    sys.exit(HOW)


def starts(path: str) -> bool:
    """False if the file, or a library that it needs, is missing."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=START_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def named() -> Iterator[str]:
    path = os.environ.get("CHROMIUM")
    if path and not starts(path):
        sys.exit(f"CHROMIUM names {path}, which does not start.")
    if path:
        yield path


def on_the_path() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))


def playwrights() -> Iterator[str]:
    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def downloaded() -> Iterator[str]:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if can_apt():
        command.insert(-1, "--with-deps")
    yield from after([command], playwrights)


def from_apt() -> Iterator[str]:
    if can_apt():
        install = ["apt-get", "install", "--yes", "--quiet"]
        yield from after([["apt-get", "update", "--quiet"], [*install, SHELL]], on_the_path)
        yield from after([[*install, "chromium"]], on_the_path)


def can_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def after(commands: list[list[str]], place: Place) -> Iterator[str]:
    """The file at that place after the commands have run; None if one fails."""
    for command in commands:
        print(f"No Chromium yet. Trying: {' '.join(command)}", file=sys.stderr)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        # Only the path is printed to standard output.
        if subprocess.run(command, stdout=sys.stderr, env=environment).returncode != 0:
            return
    yield from place()


if __name__ == "__main__":
    print(find(downloaded, from_apt))
