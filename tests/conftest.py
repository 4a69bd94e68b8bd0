"""What all tests share."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test import TestCase
from kombu import pools
from pytest_django.plugin import blocking_manager_key

from digitsite.extensions import breaker
from recognizer import publishing
from recognizer.answers.stored import events
from recognizer.models import AuditEvent
from tests.brokers import Broker, start_embedded

pytest_plugins = ["tests.people", "tests.stack"]

# Background jobs start with SIGINT ignored, with nohup SIGHUP too: what tests start inherits that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# The rows that migrations made, as Django serialises them.
MIGRATED = pytest.StashKey[str]()
# Fixtures through which a test reaches the database or the broker that the environment names.
SERVICES = {"db", "transactional_db", "broker_server", "services"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-cases", type=int, default=2_000, help="mangled requests that are tried"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what uses the services, and puts tests that take long first: none begins at the end.

    Browser tests that follow drawings through database and broker say so themselves. The others
    test what pages do; what these ask of the site, the units ask of both sets of services. Nor are
    tests repeated that compute for seconds and store what other tests store too.
    """
    for item in items:
        is_repeated = not any(map(item.get_closest_marker, ["browser", "computes"]))
        if is_repeated and _uses_services(item):
            item.add_marker("services")
    items.sort(key=lambda item: not {"slow", "stack"} & {mark.name for mark in item.iter_markers()})


def _uses_services(item: pytest.Item) -> bool:
    asked = SERVICES.intersection(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_setup, django_db_blocker) -> None:
    """Keeps what migrations put into the database, for `pytest_runtest_teardown`."""
    with django_db_blocker.unblock():
        request.config.stash[MIGRATED] = connection.creation.serialize_db_to_string()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test that commits leaves all tables empty. The next one finds again what migrations put
    there: permissions, groups, schedules."""
    yield
    was_used = MIGRATED in item.config.stash  # not if all tests so far were skipped
    if was_used and _commits(item) and nextitem and not _commits(nextitem):
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(item.config.stash[MIGRATED])
            AuditEvent.objects.all().delete()  # of groups that are given their permissions again
        ContentType.objects.clear_cache()


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction"))


@pytest.fixture(scope="session")
def broker_server():
    """A broker for this process's tests, at the address that the settings name."""
    if django_settings.REDIS_URL:
        yield
        Broker().empty()
        return
    process = start_embedded(django_settings.BROKER_SOCKET)
    yield
    process.terminate()
    process.wait()


@pytest.fixture
def broker(broker_server) -> Broker:
    """A real broker, empty."""
    broker = Broker()
    broker.empty()
    return broker


@pytest.fixture
def no_broker(settings, tmp_path):
    """An address at which no broker answers."""
    with _site_at(tmp_path / "none.sock", settings):
        yield


@pytest.fixture
def broker_of_its_own(settings, tmp_path) -> Iterator[Broker]:
    """A broker that the test may spoil: the server that REDIS_URL names serves other tests too."""
    process = start_embedded(tmp_path / "own.sock")
    with _site_at(tmp_path / "own.sock", settings):
        yield Broker()
    process.kill()
    process.wait()


@pytest.fixture
def hanging_broker(settings, tmp_path):
    """A broker that takes connections and answers nothing: it is stopped, not dead."""
    process = start_embedded(tmp_path / "hangs.sock")
    with _site_at(tmp_path / "hangs.sock", settings):
        process.send_signal(signal.SIGSTOP)
        yield
        process.kill()
        process.wait()


@contextmanager
def _site_at(socket: Path, settings):
    """Meanwhile the broker and the cache are at this unix socket."""
    settings.REDIS = f"unix://{socket}"
    cache = settings.CACHES["default"] | {"LOCATION": settings.REDIS}
    settings.CACHES = settings.CACHES | {"default": cache}
    events._client.cache_clear()
    with _celery_at(f"redis+socket://{socket}"):
        yield
    events._client.cache_clear()
    breaker.broker.succeeded()


@contextmanager
def _celery_at(url: str):
    kept = current_app.conf.broker_url
    _reconnect(url)
    yield
    _reconnect(kept)


def _reconnect(url: str) -> None:
    current_app.conf.update(broker_url=url, broker_read_url=url, broker_write_url=url)
    pools.reset()
    current_app._pool = None
    current_app.amqp._producer_pool = None
    publishing._producer.cache_clear()


@pytest.fixture
def set_rate(settings) -> Callable[[str, int], None]:
    """Sets how many requests of a scope are let in. The window is a day, since a minute would now
    and then be over amid a test."""

    def of_scope(scope: str, most: int) -> None:
        rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] | {scope: f"{most}/day"}
        settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
        cache.clear()

    return of_scope


@pytest.fixture
def on_commit():
    """Runs what waits for the commit, when the block ends."""

    @contextmanager
    def block():
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield

    return block
