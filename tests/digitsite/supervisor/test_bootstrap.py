"""The database is prepared once, however many machines start, and its errors are told in words."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.stack import ROOT, SERVICES

BOOTSTRAP = [sys.executable, "-m", "digitsite.supervisor.bootstrap"]


def start(var: Path, **environment: str) -> subprocess.Popen:
    own = {name: value for name, value in os.environ.items() if name not in SERVICES}
    own |= {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "VAR": str(var)}
    return subprocess.Popen(
        BOOTSTRAP,
        cwd=ROOT,
        env=own | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    """The URL of a PostgreSQL database in which nothing was made yet."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        pytest.skip("DATABASE_URL names no PostgreSQL")
    name = f"digitsite_bootstrap_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.slow
@pytest.mark.services
def test_two_machines_that_start_at_once_both_start(prepared_var, empty_postgres, tmp_path):
    machines = [
        start(shutil.copytree(prepared_var, tmp_path / name), DATABASE_URL=empty_postgres)
        for name in ("one", "two")
    ]
    printed = [machine.communicate(timeout=120) for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], printed
    assert "".join(out for out, _ in printed).count("Made an admin") == 1
    with psycopg.connect(empty_postgres) as connection:
        admins = connection.execute("SELECT username FROM recognizer_user").fetchall()
        versions = connection.execute("SELECT alias FROM recognizer_modelversion").fetchall()
    assert (admins, versions) == ([("admin",)], [("champion",)])


@pytest.mark.slow
def test_two_that_start_at_once_on_one_folder_both_prepare_it(tmp_path):
    both = [start(tmp_path / "var") for _ in range(2)]
    printed = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], printed
    assert "".join(out for out, _ in printed).count("Made an admin") == 1


@pytest.mark.services
def test_an_error_of_a_database_that_answers_is_told_as_what_it_is(empty_postgres, tmp_path):
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    assert "cannot execute CREATE TABLE in a read-only transaction" in refused(
        tmp_path / "var", DATABASE_URL=empty_postgres
    )


def test_a_file_that_is_no_database_is_told_as_what_it_is(tmp_path):
    var = tmp_path / "var"
    var.mkdir()
    (var / "db.sqlite3").write_text("no database" * 100)
    assert "file is not a database" in refused(var)


def refused(var: Path, **environment: str) -> str:
    """The one line on standard error; it does not say that nobody answers."""
    machine = start(var, **environment)
    _, error = machine.communicate(timeout=60)
    assert machine.returncode == 1
    [line] = error.splitlines()
    assert line.startswith("Cannot start: The database reports an error: ")
    return line
