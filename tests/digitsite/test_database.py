"""What a request waits for PostgreSQL, and no longer."""

import time
from collections.abc import Iterator

import psycopg
import pytest
import requests
from django.db import OperationalError, connection

from digitsite import database
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
