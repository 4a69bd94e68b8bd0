"""The environment is made once, made again when a requirement changes, and never by half."""

import os
import shutil
import subprocess
import zipfile

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder that was set up, whose requirements need nothing from anywhere, and what that
    printed."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "install", folder / "scripts")
    for name in ("requirements.txt", "requirements.lock"):
        (folder / name).write_text("# nothing\n")
    return folder, install(folder)


@pytest.fixture
def clone(made, tmp_path):
    """A copy of it."""
    return shutil.copytree(made[0], tmp_path / "clone", symlinks=True)


def install(clone, **environment):
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("VENV", "PIP_ARGS", "HASHES")
    }
    return subprocess.run(
        ["sh", "scripts/install", "requirements.txt"],
        cwd=clone,
        env=kept | {"PIP_ARGS": "--no-index"} | environment,
        capture_output=True,
        text=True,
    )


def test_it_is_made_once_and_again_when_a_requirement_changes(made, clone):
    first = made[1]
    assert first.returncode == 0, first.stderr
    assert "Making .venv with Python 3." in first.stdout
    assert subprocess.run([clone / ".venv/bin/python", "-c", "import pip"]).returncode == 0

    assert install(clone).stdout == ""

    (clone / "requirements.lock").write_text("# another\n")
    again = install(clone)
    assert again.stdout == "Installing requirements.txt ...\n"


def test_what_was_cut_off_is_done_again(clone):
    (clone / "requirements.lock").write_text("no-such-package-at-all\n")
    failed = install(clone)
    assert failed.returncode != 0
    assert install(clone).returncode != 0  # it is not taken for done

    (clone / "requirements.lock").write_text("# nothing\n")
    (clone / ".venv/bin/python").unlink()  # killed while the environment was made
    assert "Making .venv" in install(clone).stdout
    assert install(clone).stdout == ""


def a_package(folder) -> None:
    """A wheel of a package `tiny`, which needs nothing."""
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_another_file_than_the_locked_one_is_installed_only_where_that_is_asked_for(clone):
    a_package(clone)
    (clone / "requirements.txt").write_text("tiny\n")
    (clone / "requirements.lock").write_text(f"tiny==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    here = {"PIP_ARGS": f"--no-index --find-links {clone}"}

    refused = install(clone, **here)
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr

    taken = install(clone, HASHES="no", **here)
    assert taken.returncode == 0, taken.stderr


def test_without_a_new_python_one_line_says_so(clone):
    shutil.rmtree(clone / ".venv")
    tools = clone / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "cksum", "rm"):
        (tools / name).symlink_to(shutil.which(name))
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")  # as 3.10 answers when it is asked
    (tools / "python3").chmod(0o755)
    done = install(clone, PATH=str(tools))
    assert done.returncode == 1
    assert done.stderr == "Cannot set up: there is no Python 3.11 or newer on the PATH.\n"
