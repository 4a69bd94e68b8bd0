"""`make run`, for real: what keeps it from starting is said in one line."""

import os
import shutil
import socket
import subprocess
import sys

import pytest

from tests.digitsite.supervisor.sites import health
from tests.stack import ROOT, SERVICES, Site, free_port, supervisor

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]


def test_a_port_that_is_taken(refused, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = refused(tmp_path / "var", PORT=str(port))
    assert f"127.0.0.1:{port} cannot be listened on (Address already in use)" in line


def test_a_site_that_runs_already(site):
    second = Site(site.var, terminal="second")
    assert second.process.wait(timeout=20) == 1
    assert f"A site runs on {site.var} already, process {site.process.pid}." in second.terminal()
    assert second.terminal().count("\n") == 1
    assert health(site)["status"] == "ready"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "http"),
        ("HOST", "no such host"),
        ("WEB_THREADS", "0"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "redis://localhost:port/0"),
    ],
)
def test_nonsense_in_the_environment(refused, tmp_path, variable, value):
    """tests/digitsite/config/test_environment.py has all the variables."""
    line = refused(tmp_path / "var", **{variable: value})
    assert variable in line or value in line


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_database_that_does_not_answer(refused, tmp_path, host):
    line = refused(tmp_path / "var", DATABASE_URL=f"postgres://me:secret@{host}/x")
    assert "No connection to the database: " in line
    assert "secret" not in line


def test_a_broker_that_does_not_answer(refused, tmp_path):
    line = refused(tmp_path / "var", REDIS_URL="redis://:secret@127.0.0.1:1/0")
    assert "The broker does not answer: " in line
    assert "secret" not in line


def test_a_folder_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "file").touch()
    site = Site(tmp_path / "other", VAR=str(tmp_path / "file" / "var"))
    assert site.process.wait(timeout=20) == 1
    [line] = site.terminal().splitlines()
    assert line.startswith("Cannot start: VAR cannot be used as a folder:")


def test_a_folder_on_a_disk_that_takes_no_files(refused, tmp_path):
    """As root no folder of the tests' own is read-only: /proc takes files from nobody."""
    line = refused(tmp_path / "other", VAR="/proc")
    assert "VAR cannot be used as a folder" in line


def test_a_damaged_file_of_the_broker_is_set_aside(start, new_var):
    (new_var / "broker.rdb").write_bytes(b"VALKEY080 and nonsense")
    site = start(new_var).ready()
    assert f"{new_var}/broker.rdb is damaged and was set aside" in site.terminal()
    assert (new_var / "broker.rdb.damaged").exists()


def test_shipped_files_that_are_damaged_are_named(tmp_path):
    copy = tmp_path / "copy"
    skipped = shutil.ignore_patterns(".venv", "var", ".git", "tests")
    shutil.copytree(ROOT, copy, ignore=skipped)
    with (copy / "recognizer/shipped/model.onnx").open("ab") as file:
        file.write(b"more")
    done = subprocess.run(
        supervisor(),
        cwd=copy,
        env={name: value for name, value in os.environ.items() if name not in SERVICES}
        | {
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
            "VAR": str(copy / "var"),
            "PORT": str(free_port()),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Cannot start: model.onnx does not have the SHA-256")
