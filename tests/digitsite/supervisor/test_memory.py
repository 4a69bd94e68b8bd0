"""What runs all the time and does little holds little: it loads no library that only others use."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.stack
LIBRARIES = ["numpy", "cv2", "onnxruntime", "torch"]


def wait_for_line(file: Path, words: str) -> None:
    until = time.monotonic() + 60
    while not (file.exists() and words in file.read_text()):
        assert time.monotonic() < until, f"{file} does not say {words!r}."
        time.sleep(0.1)


def loaded_by(pid: int) -> set[str]:
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {name for name in LIBRARIES if f"/{name}/" in maps}


def test_the_supervisor_loads_none(site):
    assert loaded_by(site.process.pid) == set()


def test_beat_loads_none(site):
    wait_for_line(site.var / "log" / "beat.log", "beat: Starting")
    assert loaded_by(site.pid("digitsite.processes.beat")) == set()


def test_a_background_worker_at_rest_loads_nothing_that_trains_or_reads(site):
    wait_for_line(site.var / "log" / "background.log", " ready.")
    assert loaded_by(site.pid("worker imports")) == {"numpy"}


def test_web_workers_share_what_was_imported_before_they_were_forked():
    """Frozen objects are written into by no garbage collection."""
    preload = "from digitsite.processes import web; web.preload()"
    count = f"import gc; {preload}; print(gc.get_freeze_count())"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    printed = subprocess.check_output([sys.executable, "-c", count], cwd=ROOT, env=environment)
    assert int(printed) > 100_000
