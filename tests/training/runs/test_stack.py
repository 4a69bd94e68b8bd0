"""Runs in the whole site: real broker, beat and worker, which are killed."""

import json
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.stack import Site

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(900)]

# A tiny network answers from the first call on; each call labels what no run has learned from.
LABEL = """
from uuid import uuid4
import numpy as np
from recognizer import registry
from recognizer.services import labelling, saving
from recognizer.ink.strokes import parse
from recognizer.models import ModelVersion, User
from tests.training.conftest import make_tiny
from training.ml.network import onnx_export
if ModelVersion.objects.champion().origin == "shipped":
    pictures = np.random.default_rng(1).integers(0, 256, (20, 28, 28), np.uint8)
    files = onnx_export.to_files(make_tiny(), calibration=pictures)
    manifest = {{"architecture": "cnn-tiny", "ink_version": 1}}
    tiny = registry.register(
        onnx=files.onnx, safetensors=files.safetensors, manifest=manifest, origin="trained"
    )
    registry.promote(tiny)
ink = parse([[[40, 40], [160, 45], [110, 120], [90, 220]]], width=280, height=280)
for _ in range({people}):
    owner = User.objects.create_user(uuid4().hex)
    for _ in range({labels}):
        drawing, _ = saving.keep_strokes(owner=owner, strokes=ink)
        labelling.label(drawing=drawing, author=owner, digit=7)
"""
RUN = """
SELECT id, state, trigger, attempt, reason, asked_by_id, ended_at,
    EXISTS (SELECT 1 FROM training_checkpoint WHERE run_id = training_trainingrun.id) AS kept
FROM training_trainingrun ORDER BY id DESC LIMIT 1
"""
EVERY_FIVE_SECONDS = """
from django_celery_beat.models import IntervalSchedule, PeriodicTask
every, _ = IntervalSchedule.objects.get_or_create(every=5, period="seconds")
task = PeriodicTask.objects.get(name="Retrain every night")
task.crontab, task.interval, task.enabled = None, every, True
task.save()
"""
# As one process, so that none must start while the run goes on.
CANCEL = """
import time
from training.models import Checkpoint, TrainingRun
from training.runs import lifecycle
until = time.monotonic() + 100
run = TrainingRun.objects.latest("pk")
while not Checkpoint.objects.filter(run=run).exists() and time.monotonic() < until:
    time.sleep(0.05)
started = time.monotonic()
lifecycle.cancel(run)
while not run.is_over and time.monotonic() < started + 10:
    time.sleep(0.05)
    run.refresh_from_db()
print("seconds:", time.monotonic() - started, run.state)
"""
RETRAIN = "from django.core.management import call_command; call_command('retrain')"
ENDED = {"promoted", "rejected", "skipped"}


@pytest.fixture(scope="module")
def own(prepared_var: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for these tests, of which no sign of life for five seconds is death.

    It trains a tiny network by one thread on two hundred drawings and more, so that a run can be
    met in the middle, and believes them, though that network contradicts.
    """
    patience = {"RUN_SILENT_SECONDS": "5", "RETRAIN_AFTER_LABELS": "0", "TRAINING_THREADS": "1"}
    trust = {"DOUBT_FROM": "1", "DISTRUST_FROM": "1"}
    var = shutil.copytree(prepared_var, tmp_path_factory.mktemp("runs") / "var")
    site = Site(var, **patience, **trust).ready()
    site.wait_for_processes("[background]", "[beat]")
    shell(site, LABEL.format(people=4, labels=50))
    yield site
    site.stop()


@pytest.fixture
def started(own: Site) -> Site:
    """The site when somebody has just started a run, which has something new to learn."""
    shell(own, LABEL.format(people=1, labels=1))
    shell(own, RETRAIN)
    return own


def shell(site: Site, code: str) -> str:
    return site.run(code)


def newest(site: Site) -> dict:
    """The newest run. Read from the file: asked by a command, it would take a core from the run."""
    with closing(sqlite3.connect(site.var / "db.sqlite3", timeout=20)) as database:
        database.row_factory = sqlite3.Row
        row = database.execute(RUN).fetchone()
    return dict(row) if row else {}


def wait_for(site: Site, fits: Callable[[dict], bool], *, seconds: float = 400) -> dict:
    until = time.monotonic() + seconds
    while not fits(run := newest(site)):
        assert time.monotonic() < until, (run, site.terminal())
        time.sleep(0.1)
    return run


def in_the_middle(site: Site, *, attempt: int = 1) -> dict:
    """The newest run, when there is a checkpoint of it. It is not over by then."""
    run = wait_for(
        site,
        lambda run: (
            run["ended_at"]
            or (run["attempt"] == attempt and run["state"] == "running" and run["kept"])
        ),
    )
    assert not run["ended_at"], f"It was {run['state']} before it was met: {run['reason']}"
    return run


def kill_the_child(site: Site) -> None:
    """The process of the pool, which works. The worker itself is the oldest of its name."""
    worker = site.pid("[background]")
    children = [pid for pid, line in site.processes().items() if "[background]" in line]
    children.remove(worker)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def kill_the_worker(site: Site) -> None:
    os.kill(site.pid("[background]"), signal.SIGKILL)


def test_retrain_waits_for_a_real_worker(own):
    said = json.loads(own.manage("retrain", "--wait", "--json").splitlines()[-1])
    assert said["state"] in ENDED
    assert said["attempt"] == 1


def test_a_worker_that_is_killed_in_the_middle_stops_no_run(started):
    in_the_middle(started)
    kill_the_worker(started)
    run = wait_for(started, lambda run: run["ended_at"])
    assert run["state"] in ENDED
    assert run["attempt"] == 2


def test_three_deaths_and_the_run_has_failed(started):
    for attempt in (1, 2, 3):
        in_the_middle(started, attempt=attempt)
        kill_the_child(started)
    run = wait_for(started, lambda run: run["ended_at"])
    assert (run["state"], run["attempt"]) == ("failed", 3)


def test_a_run_is_cancelled_within_two_seconds(started):
    said = shell(started, CANCEL).partition("seconds: ")[2]
    seconds, state = said.split()
    assert (float(seconds) < 2, state) == (True, "cancelled")


def test_staff_switch_the_schedule_on_and_beat_notices(own):
    shell(own, EVERY_FIVE_SECONDS)
    run = wait_for(own, lambda run: run.get("trigger") == "schedule", seconds=30)
    assert run["asked_by_id"] is None
