"""The broker's socket has a path that the system takes, and an address that each library reads."""

import socket
import stat
from pathlib import Path

import pytest
import redis
from kombu import Connection

from digitsite.config import sockets


def test_it_lies_with_the_state():
    assert sockets.path_for(Path("/srv/site/var")) == Path("/srv/site/var/broker.sock")


def test_a_path_that_is_too_long_moves_to_the_temporary_folder(tmp_path):
    deep = tmp_path / ("deep" * 30)
    path = sockets.path_for(deep)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    path.unlink()
    assert sockets.path_for(deep) == path
    assert sockets.path_for(tmp_path / ("deer" * 30)) != path


def test_letters_count_as_the_bytes_they_are():
    var = Path("/" + "ä" * 48)
    assert len(str(sockets.path_for(var)).encode()) <= sockets.LONGEST_PATH


@pytest.mark.parametrize("database", [0, 3])
def test_celery_and_redis_mean_the_same_database(broker_server, settings, database):
    if settings.REDIS_URL:
        pytest.skip("these tests run on another broker")
    url = f"{settings.REDIS}?db={database}"
    with Connection(sockets.for_celery(url)) as connection:
        connection.SimpleQueue("here").put("a word")
    with redis.Redis.from_url(url) as client:
        assert client.delete("here") == 1


def test_other_addresses_stay_as_they_are():
    assert sockets.for_celery("rediss://me:word@host:1/2") == "rediss://me:word@host:1/2"


@pytest.mark.stack
def test_the_socket_is_for_its_owner_alone(site):
    if "REDIS_URL" in site.environment:
        pytest.skip("this site runs on another broker")
    mode = sockets.path_for(site.var).stat().st_mode
    assert stat.S_IMODE(mode) == 0o700
