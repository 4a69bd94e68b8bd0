"""Management commands in a fresh clone: they answer, or say in one sentence what they need."""

import json
import os
import subprocess
import sys

import pytest

from tests.people import INK
from tests.stack import ROOT, SERVICES

pytestmark = pytest.mark.slow
NOWHERE = "postgres://nobody@127.0.0.1:1/none"


def manage(var, *words: str, **environment: str) -> subprocess.CompletedProcess:
    own = {name: value for name, value in os.environ.items() if name not in SERVICES}
    own |= {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "VAR": str(var)}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=own | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def drawing(tmp_path) -> str:
    path = tmp_path / "ink.jsonl"
    path.write_text(json.dumps(INK))
    return str(path)


def test_recognize_answers_with_the_shipped_network(tmp_path, drawing):
    done = manage(tmp_path / "var", "recognize", drawing)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["digit"], answer["model_version"]) == (7, None)
    assert done.stderr == "The database is empty: the shipped model answers.\n"


def test_recognize_says_that_the_database_cannot_be_reached(tmp_path, drawing):
    done = manage(tmp_path / "var", "recognize", drawing, DATABASE_URL=NOWHERE)
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: No connection to the database: ")


@pytest.mark.parametrize("command", ["load_shipped", "sweep", "demo", "retrain", "train_baseline"])
def test_a_command_that_needs_tables_says_so_in_one_sentence(tmp_path, command):
    done = manage(tmp_path / "var", command)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("CommandError: The database is empty. `make run` prepares it")


def test_a_command_says_in_one_sentence_which_setting_is_wrong(tmp_path, drawing):
    done = manage(tmp_path / "var", "recognize", drawing, GATE_FLIPS="0")
    assert done.returncode == 1
    words = "GATE_FLIPS must be a whole number from 1,000 to 1,000,000, not '0'."
    assert done.stderr == f"Cannot start: {words}\n"
