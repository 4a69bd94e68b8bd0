"""The lock files pin what the requirements name, and come from nowhere but the public index."""

import re

import pytest

from tests.stack import ROOT

PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([\w.+!-]+)", re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_requirement_is_in_its_lock_file(name):
    lock = (ROOT / f"{name}.lock").read_text()
    asked = (ROOT / f"{name}.txt").read_text()
    assert set(PINNED.findall(asked.lower())) - set(PINNED.findall(lock)) == set()
    assert len(re.findall(r"==.+\\\n    --hash=sha256:", lock)) == len(PINNED.findall(lock))
    assert not re.search(r"://|index-url|find-links|^-|^/", lock, re.MULTILINE)


def test_the_lock_files_agree():
    run, dev = (
        (ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert set(PINNED.findall(run)) <= set(PINNED.findall(dev))
