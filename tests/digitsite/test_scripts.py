"""What `make test` and .ci/run ask before they test."""

import os
import subprocess
import sys

import pytest

from tests.stack import ROOT


def run(script: str, *words: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "scripts" / script, *words]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def program(tmp_path):
    """Makes a program that ends with this code."""

    def make(name: str, code: int) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\nexit {code}\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_a_chromium_that_is_named_is_used(program):
    path = program("mine", 0)
    assert run("chromium.py", CHROMIUM=path).stdout == f"{path}\n"


def test_a_chromium_that_is_named_and_does_not_start_is_an_error(program):
    path = program("mine", 127)  # as where a library is missing
    done = run("chromium.py", CHROMIUM=path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"CHROMIUM names {path}, which does not start.\n"


def test_a_chromium_on_the_path_is_found_past_one_that_does_not_start(program, tmp_path):
    program("chromium", 1)
    path = program("google-chrome", 0)
    done = run("chromium.py", CHROMIUM="", PATH=f"{tmp_path}")
    assert done.stdout == f"{path}\n"


def test_a_headless_shell_is_taken_before_a_chromium_with_windows(program, tmp_path):
    program("chromium", 0)
    path = program("chromium-headless-shell", 0)
    assert run("chromium.py", CHROMIUM="", PATH=f"{tmp_path}").stdout == f"{path}\n"


def test_services_that_do_not_answer_are_told_in_one_line():
    done = run("services.py", "postgres://127.0.0.1:1/x", "redis://127.0.0.1:1/0")
    assert done.returncode == 1
    assert done.stderr.startswith("No tests against PostgreSQL and Redis here: ")
    assert done.stderr.count("\n") == 1
