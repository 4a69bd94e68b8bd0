"""Which version each process holds."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.db import InterfaceError, connection

from recognizer import registry
from recognizer.answers import version_heartbeats
from tests.people import register

ASK = """
import dataclasses, json
from recognizer.answers import version_heartbeats
print("held:", json.dumps([dataclasses.asdict(one) for one in version_heartbeats.latest()]))
"""
INK = {"strokes": [[[40, 40], [160, 45], [110, 120], [90, 220]]], "width": 280, "height": 280}


@pytest.mark.django_db
def test_a_process_says_what_it_holds_and_since_when(champion, broker, settings):
    settings.CHAMPION_CHECK_SECONDS = 0
    reporter = version_heartbeats.Reporter("web")
    reporter.report()
    [first] = version_heartbeats.latest()
    assert (first.kind, first.version) == ("web", champion.pk)
    reporter.report()
    [again] = version_heartbeats.latest()
    assert again.since == first.since and again.seen > first.seen
    other = register(3, origin="trained")
    registry.promote(other)
    reporter.report()
    [now] = version_heartbeats.latest()
    assert now.version == other.pk and now.since > first.since


@pytest.mark.django_db
def test_a_process_that_can_answer_with_none_says_so(broker):
    version_heartbeats.Reporter("recognition").report()
    assert [one.version for one in version_heartbeats.latest()] == [None]


def broken(error: Exception):
    """The database's connection, as Django itself lets it be watched, raises this."""

    def fail(*_):
        raise error

    return connection.execute_wrapper(fail)


@pytest.mark.django_db
def test_a_connection_that_broke_is_no_version(champion, broker, settings):
    settings.CHAMPION_CHECK_SECONDS = 0
    with broken(InterfaceError("connection already closed")):
        version_heartbeats.Reporter("recognition").report()
    assert [one.version for one in version_heartbeats.latest()] == [None]


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_no_error_ends_a_reporter(broker, caplog, settings):
    settings.CHAMPION_CHECK_SECONDS = 0
    reporter = version_heartbeats.Reporter("recognition")
    with broken(ZeroDivisionError("nobody thought of it")):
        reporter.try_to_report()
    assert "nobody thought of it" in caplog.text
    reporter.try_to_report()
    assert [one.kind for one in version_heartbeats.latest()] == ["recognition"]


@pytest.mark.django_db
def test_what_is_said_is_forgotten_soon(champion, broker):
    version_heartbeats.Reporter("web").report()
    [key] = broker.client.keys("digitsite:holding:*")
    assert 0 < broker.client.ttl(key) <= version_heartbeats.KEPT_SECONDS


@pytest.mark.django_db
def test_without_a_broker_nothing_is_known_and_nothing_fails(champion, no_broker):
    version_heartbeats.Reporter("web").report()
    assert version_heartbeats.latest() == []


def held(site) -> list[tuple[str, int]]:
    said = site.run(ASK).partition("held: ")[2]
    return [(one["kind"], one["version"]) for one in json.loads(said)]


@pytest.mark.stack
def test_every_process_holds_a_new_champion_soon_even_if_nobody_asks_it(site):
    with site.champion(3) as version:
        time.sleep(version_heartbeats.SECONDS_APART)
        processes = held(site)
    assert sorted(kind for kind, _ in processes) == ["recognition", "web", "web"]
    assert {number for _, number in processes} == {version}


@pytest.mark.stack
def test_idle_processes_answer_with_a_new_champion_within_a_second(site):
    def ask(_: int) -> int:
        asked = Request(
            f"{site.url}/api/recognize/",
            data=json.dumps(INK).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(asked, timeout=10) as answer:
            return json.load(answer)["digit"]

    with site.champion(4), ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(40))) == {4}
