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


def _connected(listener: socket.socket, port: int = 0) -> tuple[socket.socket, socket.socket]:
    """A client, from that port, and the connection to it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETS)
    client.bind(("127.0.0.1", port))
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


def test_those_beyond_an_addresss_share_are_closed_the_longest_idle_first():
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        watchdog = Watchdog(listener.getsockname()[1], SECONDS, share=2)
        clients = []
        for second in range(4):
            ends = _connected(listener)
            clients += [stack.enter_context(closing(one)) for one in ends][:1]
            watchdog.close_stalled(second)
        watchdog.close_excess()
        assert [_is_open(one) for one in clients] == [False, False, True, True]


def test_behind_a_proxy_all_have_one_address():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        watchdog = Watchdog(listener.getsockname()[1], SECONDS, share=None)
        client, theirs = _connected(listener)
        with closing(client), closing(theirs):
            watchdog.close_stalled(0)
            watchdog.close_excess()
            assert _is_open(client)
