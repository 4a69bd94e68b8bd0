"""What a request waits for PostgreSQL, and no longer."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import requests
from django.db import OperationalError, connection

from digitsite import database
from recognizer import tasks
from tests.digitsite.supervisor.test_whole_way import INK, TOKEN


@pytest.fixture
def postgresql(db) -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("The tests run on SQLite.")
    yield
    connection.close()


def test_a_statement_that_takes_too_long_is_ended(postgresql, settings):
    settings.STATEMENT_SECONDS = 1
    database._bound(connection)
    with connection.cursor() as cursor, pytest.raises(OperationalError, match="statement timeout"):
        cursor.execute("SELECT pg_sleep(30)")


def test_a_network_that_drops_packets_is_noticed(postgresql):
    connection.ensure_connection()
    chosen = connection.connection.info.get_parameters()
    assert {"connect_timeout", "tcp_user_timeout", "keepalives_idle"} <= set(chosen)


def test_the_caches_of_all_connections_take_little_memory(db, settings):
    if connection.vendor != "sqlite":
        pytest.skip("The tests run on PostgreSQL.")
    with connection.cursor() as cursor:
        [kibibytes] = cursor.execute("PRAGMA cache_size").fetchone()
    assert 0 < -kibibytes * settings.WEB_THREADS <= 32_000


@pytest.fixture
def log_of_sqlite(db, monkeypatch, tmp_path) -> Iterator[Path]:
    """The log of a database in a file of its own: the tests' is in memory."""
    if connection.vendor != "sqlite":
        pytest.skip("The tests run on PostgreSQL.")
    name = tmp_path / "db.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", name)
    monkeypatch.setattr(database, "LONG_LOG", 10_000)
    monkeypatch.setattr(database, "LOG_SECONDS", 0.2)
    with closing(sqlite3.connect(name, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE kept AS SELECT randomblob(20000) AS content")
        yield tmp_path / "db.sqlite3-wal"


def test_the_sweep_empties_a_long_log_of_sqlite(log_of_sqlite, champion, broker):
    assert log_of_sqlite.stat().st_size > 20_000

    tasks.sweep()

    assert log_of_sqlite.stat().st_size == 0


def test_a_log_that_somebody_reads_stays(log_of_sqlite):
    name = str(log_of_sqlite).removesuffix("-wal")
    with closing(sqlite3.connect(name, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT content FROM kept").fetchone()
        database.shorten_log()
        assert log_of_sqlite.stat().st_size > 20_000


def test_a_short_log_stays(log_of_sqlite, monkeypatch):
    monkeypatch.setattr(database, "LONG_LOG", 1_000_000)

    database.shorten_log()

    assert log_of_sqlite.stat().st_size > 20_000


def test_without_a_log_there_is_nothing_to_empty(log_of_sqlite, monkeypatch, tmp_path):
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "another")

    database.shorten_log()

    assert not (tmp_path / "another").exists()


@pytest.mark.stack
@pytest.mark.slow
def test_a_lock_holds_a_save_for_seconds_and_no_live_answer(site, services):
    if "DATABASE_URL" not in services:
        pytest.skip("The site runs on SQLite.")
    made = site.run(TOKEN.format(name="locked"))
    headers = {"Authorization": f"Token {made.partition('token: ')[2].strip()}"}
    live = {"url": f"{site.url}/api/recognize/", "json": INK, "timeout": 5}
    requests.post(**live)
    with psycopg.connect(services["DATABASE_URL"]) as locking:
        locking.execute("LOCK TABLE recognizer_drawing IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        save = requests.post(f"{site.url}/api/drawings/", json=INK, headers=headers, timeout=60)
        assert (save.status_code, save.json()["code"]) == (503, "no_storage")
        assert time.monotonic() - began < 15
        assert requests.post(**live).status_code == 200
    save = requests.post(f"{site.url}/api/drawings/", json=INK, headers=headers, timeout=60)
    assert save.ok
