"""A broker that hangs, stopped but not dead, holds nobody up."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from django.test import Client

from digitsite.extensions import breaker
from recognizer import publishing, registry
from recognizer.models import Drawing
from tests.brokers import Broker
from tests.people import INK, person

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


@pytest.fixture
def anna(hanging_broker) -> Client:
    registry.register_shipped()
    client = Client()
    client.force_login(person("anna"))
    return client


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def test_a_save_waits_a_second_and_the_next_not_at_all(anna, on_commit):
    for seconds in (4, 0.9):
        with within(seconds), on_commit():
            assert anna.post("/api/drawings/", INK, **JSON).status_code == 202
    assert Drawing.objects.waiting().count() == 2


def test_after_a_failure_live_answers_and_pages_wait_for_nothing(anna, on_commit):
    with on_commit():
        anna.post("/api/drawings/", INK, **JSON)
    with within(0.9):
        assert anna.post("/api/recognize/", INK, **JSON).json()["digit"] == 7
    with within(0.9):
        assert anna.get("/history/").status_code == 200


def test_one_tries_again_after_a_while_and_then_all_go_through(broker, settings):
    breaker.broker.failed()
    with pytest.raises(publishing.OperationalError, match="a moment ago"):
        publishing.send("recognizer.predict", 1)
    breaker.broker._tried_again_at = time.monotonic()
    assert breaker.broker.lets_through()
    assert not breaker.broker.lets_through()
    breaker.broker._tried_again_at = time.monotonic()
    for number in (2, 3):
        publishing.send("recognizer.predict", number)
    assert broker.tasks() == [("recognizer.predict", [2]), ("recognizer.predict", [3])]


def test_a_broker_that_is_out_of_memory_again_and_again_is_told_as_no_broker(broker_of_its_own):
    """Kombu's own way to try again raised an AttributeError once in some hundred times."""
    broker = broker_of_its_own
    for number in range(60):
        broker.client.config_set("maxmemory", number % 3)  # 0: no limit
        breaker.broker.succeeded()
        with suppress(publishing.OperationalError):
            publishing.send("recognizer.predict", number)
    broker.client.config_set("maxmemory", 0)
    assert [number for _, [number] in broker.tasks()] == list(range(0, 60, 3))


def test_without_a_broker_nobody_waits(no_broker):
    with within(0.9), pytest.raises(publishing.OperationalError):
        publishing.send("recognizer.predict", 1)


def test_a_connection_that_was_dropped_while_it_was_idle_costs_nothing(broker_of_its_own):
    broker = broker_of_its_own
    publishing.send("recognizer.predict", 1)
    broker.client.client_kill_filter(_type="normal", skipme=True)
    publishing.send("recognizer.predict", 2)
    assert [number for _, [number] in broker.tasks()] == [1, 2]


def test_several_threads_publish_one_after_the_other(broker):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: publishing.send("recognizer.predict", number), range(50)))
    assert sorted(number for _, [number] in broker.tasks()) == list(range(50))


@pytest.fixture
def full_broker(broker_of_its_own) -> Broker:
    """A broker that answers and has no memory left."""
    broker_of_its_own.client.config_set("maxmemory", 1)
    return broker_of_its_own


def test_a_broker_without_memory_costs_no_drawing(client, full_broker, on_commit):
    registry.register_shipped()
    client.force_login(person("anna"))
    with on_commit():
        assert client.post("/api/drawings/", INK, **JSON).status_code == 202
    assert Drawing.objects.waiting().count() == 1
    assert client.get("/health/ready").json()["workers"] == {}
