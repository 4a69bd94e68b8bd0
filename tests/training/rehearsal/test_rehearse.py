"""`manage.py rehearse`: what it refuses, what its site is, and the whole story once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests import small_mnist
from tests.stack import ROOT, SERVICES, SMALL_MODEL
from training.management.commands import rehearse
from training.ml.synthesis.skeleton import strokes_of

# What a caller's own site may be told.
SAID = {
    "GATE_ALPHA": "0.5",
    "DOUBT_FROM": "0",
    "DISTRUST_FROM": "0",
    "LABELS_A_PERSON": "1",
    "LEAST_LABELS": "1000",
    "LEAST_CONFIDENCE": "0.99",
    "RUN_SILENT_SECONDS": "5",
    "RETRAIN_AFTER_LABELS": "1",
    "TRAINING_THREADS": "7",
    "DATABASE_URL": "postgres://nowhere/none",
    "REDIS_URL": "redis://nowhere/",
}
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); time.sleep(60)"


@pytest.fixture
def file(tmp_path) -> Path:
    """A hundred drawings of three writers, traced from MNIST's pictures."""
    small = small_mnist.load()
    drawn = zip(small.test_images, small.test_labels, strict=True)
    rows = [
        {
            "writer": f"pen_{place % 3}",
            "label": int(label),
            "strokes": strokes_of(picture),
            "width": 280,
            "height": 280,
        }
        for place, (picture, label) in enumerate(drawn)
    ]
    written = tmp_path / "drawings.jsonl"
    written.write_text("\n".join(json.dumps(row) for row in rows))
    return written


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("rehearse", "--drawings", str(tmp_path / "none.jsonl"))


def test_a_file_of_something_else_is_refused(tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text("not JSON")
    with pytest.raises(CommandError, match=r"other\.jsonl, line 1"):
        call_command("rehearse", "--drawings", str(other))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--share", "2"], "'2' is no share between 0 and 1"),
        (["--share", "most"], "'most' is no share"),
        (["--share", "1"], "some must, not all"),
        (["--wrong", "-1"], "is no share"),
        (["--labels", "many"], "'many' is no whole number"),
        (["--labels", "1000"], "are asked for"),
        (["--writers", "tall"], "invalid choice"),
    ],
)
def test_what_cannot_be_is_refused(file, words, why):
    with pytest.raises(CommandError, match=why):
        call_command("rehearse", "--drawings", str(file), *words)


def test_a_model_that_is_not_there_is_refused(file, tmp_path):
    with pytest.raises(CommandError, match=r"model\.json cannot be read"):
        call_command(*f"rehearse --labels 60 --drawings {file} --model {tmp_path}".split())


def test_its_site_hears_nothing_of_what_the_callers_is_told(tmp_path, monkeypatch):
    for name, value in SAID.items():
        monkeypatch.setenv(name, value)
    environment = rehearse._environment(tmp_path, model=SMALL_MODEL)
    assert {name for name in SAID if name in environment} == {"RETRAIN_AFTER_LABELS"}
    assert environment["RETRAIN_AFTER_LABELS"] == "0"
    assert environment["SHIPPED_MODEL"] == str(SMALL_MODEL)
    assert environment["VAR"] == str(tmp_path / "var")
    assert environment["PATH"] == os.environ["PATH"]


def test_its_runs_compute_as_the_caller_is_told_to(tmp_path, monkeypatch):
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    environment = rehearse._environment(tmp_path, model=SMALL_MODEL)
    assert environment["ATEN_CPU_CAPABILITY"] == "avx2"


def test_a_site_that_does_not_stop_is_killed(monkeypatch):
    monkeypatch.setattr(rehearse, "STOP_SECONDS", 0.2)
    process = subprocess.Popen([sys.executable, "-uc", DEAF], stdout=subprocess.PIPE)
    process.stdout.readline()  # it does not hear any more
    rehearse._stop(process)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_story_is_told(new_var, file):
    own = {name: value for name, value in os.environ.items() if name not in SERVICES}
    own |= {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "VAR": str(new_var)}
    words = ["--labels", "60", "--hostile", "5", "--model", str(SMALL_MODEL), "--json"]
    done = subprocess.run(
        [sys.executable, "manage.py", "rehearse", "--drawings", str(file), *words],
        cwd=ROOT,
        env=own | {"LEAST_LABELS": "1000", "TRAINING_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    # With the caller's LEAST_LABELS it would be skipped.
    assert told["decision"] in {"promoted", "rejected"}
    assert (told["labels"], told["mnist"]["drawings"]) == (60, 100)
    assert told["other_writers"]["drawings"] in {33, 34}
    assert told["corrections"] >= 5
    assert told["seconds"] > 0


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_told_to_end_it_leaves_nothing_behind(new_var, file, tmp_path):
    own = {name: value for name, value in os.environ.items() if name not in SERVICES}
    own |= {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "VAR": str(new_var)}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "rehearse", "--drawings", str(file), "--labels", "60"],
        cwd=ROOT,
        env=own | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 120
    while not any("Ready: " in log.read_text() for log in tmp_path.glob("*/site.log")):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.2)
    process.terminate()
    assert process.wait(60) == 128 + signal.SIGTERM
    assert not list(tmp_path.glob("rehearsal-*"))
    until = time.monotonic() + 10  # which a killed process may take; the story takes minutes
    while subprocess.run(["pgrep", "-f", str(file)], stdout=subprocess.DEVNULL).returncode == 0:
        assert time.monotonic() < until
