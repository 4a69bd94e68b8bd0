"""A site at rest holds little: its processes share what they import, and nothing that trains."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.tools import memory
from tests.digitsite.supervisor.sites import health, wait_until
from tests.stack import ROOT

pytestmark = pytest.mark.stack
AT_REST_MB = 450
LIBRARIES = ["torch", "sklearn", "scipy", "matplotlib"]


@pytest.fixture
def resting(start, new_var):
    site = start(new_var).ready()
    log = new_var / "log" / "background.log"
    wait_until(lambda: log.exists() and " ready." in log.read_text(), seconds=60)
    site.wait_for_processes("[beat]")
    return site


@pytest.mark.skipif(sys.platform != "linux", reason="measures in /proc")
def test_all_processes_together_hold_little_and_nothing_that_trains(resting):
    assert sum(memory.megabytes(resting.process.pid).values()) < AT_REST_MB
    loaded = "".join(Path(f"/proc/{pid}/maps").read_text() for pid in resting.processes())
    assert [name for name in LIBRARIES if f"/{name}/" in loaded] == []
    assert health(resting)["status"] == "ready"


def test_web_workers_share_what_was_imported_before_they_were_forked():
    """Frozen objects are written into by no garbage collection."""
    preload = "from digitsite.processes import web; web.preload()"
    count = f"import gc; {preload}; print(gc.get_freeze_count())"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    printed = subprocess.check_output([sys.executable, "-c", count], cwd=ROOT, env=environment)
    assert int(printed) > 100_000
