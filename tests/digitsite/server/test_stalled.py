"""Which connections are closed because nothing moves on them."""

import socket
import struct
from contextlib import ExitStack, closing

import pytest

from digitsite.parent_death import IS_LINUX
from digitsite.server.stalled import Watchdog

pytestmark = pytest.mark.skipif(not IS_LINUX, reason="nothing is closed elsewhere")

SECONDS = 30.0
# A connection that ends by a reset leaves its port free at once.
RESETS = struct.pack("ii", 1, 0)


def _connected(
    listener: socket.socket, port: int = 0, host: str = "127.0.0.1"
) -> tuple[socket.socket, socket.socket]:
    """A client, from that port and address, and the connection to it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETS)
    client.bind((host, port))
    client.connect(listener.getsockname())
    return client, listener.accept()[0]


def _is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True


def test_a_connection_has_its_time_although_its_port_was_anothers():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        watchdog = Watchdog(listener.getsockname()[1], SECONDS)
        client, theirs = _connected(listener)
        port = client.getsockname()[1]
        with closing(theirs):
            watchdog.close_stalled(0)
            client.close()
        client, theirs = _connected(listener, port)
        with closing(client), closing(theirs):
            watchdog.close_stalled(SECONDS + 1)
            assert _is_open(client)
            watchdog.close_stalled(2 * SECONDS + 2)
            assert not _is_open(client)


def _watched(
    stack: ExitStack, listener: socket.socket, watchdog: Watchdog, hosts: list[str]
) -> list[socket.socket]:
    """A client at each of these addresses, connected one after the other."""
    clients = []
    for second, host in enumerate(hosts):
        ends = _connected(listener, host=host)
        clients += [stack.enter_context(closing(one)) for one in ends][:1]
        watchdog.close_stalled(second)
    return clients


def test_what_an_address_has_beyond_its_share_is_closed_the_longest_idle_first():
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        watchdog = Watchdog(listener.getsockname()[1], SECONDS, together=2)
        clients = _watched(stack, listener, watchdog, ["127.0.0.1"] * 4)
        assert watchdog.close_excess()
        assert [_is_open(one) for one in clients] == [False, False, True, True]


def test_several_addresses_cannot_take_all_either():
    """What there is too much of is taken from those that have most."""
    hosts = ["127.0.0.2", "127.0.0.3", "127.0.0.4"] * 3 + ["127.0.0.1", "127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        watchdog = Watchdog(listener.getsockname()[1], SECONDS, together=8)
        clients = _watched(stack, listener, watchdog, hosts)
        assert watchdog.close_excess()
        assert [_is_open(one) for one in clients] == [False] * 3 + [True] * 8


def test_as_many_as_there_may_be_stay_open():
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        watchdog = Watchdog(listener.getsockname()[1], SECONDS, together=3)
        clients = _watched(stack, listener, watchdog, ["127.0.0.2", "127.0.0.2", "127.0.0.1"])
        assert not watchdog.close_excess()
        assert all(map(_is_open, clients))


def test_behind_a_proxy_all_have_one_address():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        watchdog = Watchdog(listener.getsockname()[1], SECONDS, together=None)
        client, theirs = _connected(listener)
        with closing(client), closing(theirs):
            watchdog.close_stalled(0)
            watchdog.close_excess()
            assert _is_open(client)
