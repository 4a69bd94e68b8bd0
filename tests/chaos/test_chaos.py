"""A short `make chaos`: everything is hit once. How long the site is down depends on the machine,
which here does other things; what is lost does not."""

import sys

import pytest

from tests.chaos import __main__ as chaos

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.services,
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]


def test_nothing_is_lost_whatever_is_hit(tmp_path, monkeypatch):
    monkeypatch.setattr(chaos, "SECONDS_A_HIT", 3.0)
    report = chaos.run(tmp_path, drawings=60, times=9, seed=1)
    assert len(report.saved.ids) == 60
    assert report.nothing_is_lost, report.lines()
