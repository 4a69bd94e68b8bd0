"""The environment is made once, made again when a requirement changes, and never by half."""

import os
import shutil
import subprocess

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def clone(tmp_path):
    """A folder to set up whose requirements need nothing from anywhere."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "install", tmp_path / "scripts")
    for name in ("requirements.txt", "constraints.txt"):
        (tmp_path / name).write_text("# nothing\n")
    return tmp_path


def install(clone, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in ("VENV", "PIP_ARGS")}
    return subprocess.run(
        ["sh", "scripts/install", "requirements.txt"],
        cwd=clone,
        env=kept | {"PIP_ARGS": "--no-index"} | environment,
        capture_output=True,
        text=True,
    )


def test_it_is_made_once_and_again_when_a_requirement_changes(clone):
    first = install(clone)
    assert first.returncode == 0, first.stderr
    assert "Making .venv with Python 3." in first.stdout
    assert subprocess.run([clone / ".venv/bin/python", "-c", "import pip"]).returncode == 0

    assert install(clone).stdout == ""

    (clone / "constraints.txt").write_text("# another\n")
    again = install(clone)
    assert again.stdout == "Installing requirements.txt ...\n"


def test_what_was_cut_off_is_done_again(clone):
    assert install(clone).returncode == 0
    (clone / "requirements.txt").write_text("no-such-package-at-all\n")
    failed = install(clone)
    assert failed.returncode != 0
    assert install(clone).returncode != 0  # it is not taken for done

    (clone / "requirements.txt").write_text("# nothing\n")
    (clone / ".venv/bin/python").unlink()  # killed while the environment was made
    assert "Making .venv" in install(clone).stdout
    assert install(clone).stdout == ""


def test_without_a_new_python_one_line_says_so(clone):
    tools = clone / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "cksum", "rm"):
        (tools / name).symlink_to(shutil.which(name))
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")  # as 3.10 answers when it is asked
    (tools / "python3").chmod(0o755)
    done = install(clone, PATH=str(tools))
    assert done.returncode == 1
    assert done.stderr == "Cannot set up: there is no Python 3.11 or newer on the PATH.\n"
