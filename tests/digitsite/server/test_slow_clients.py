"""Clients who stall in the midst of a request hold up nobody, and are cut off."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from digitsite.parent_death import IS_LINUX
from digitsite.server import whole_body
from tests.digitsite.server import echo
from tests.stack import ROOT, free_port

SERVE = "from digitsite.processes import web; web.main('tests.digitsite.server.echo:application')"
STALLED, PLACES = 2, 2
HEAD = "POST /quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    """Of a web server with one process."""
    with _server(tmp_path_factory.mktemp("bodies"), STALLED=str(STALLED)) as number:
        yield number


@contextmanager
def _server(folder: Path, **more: str) -> Iterator[int]:
    number = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PORT": str(number),
        "WEB_WORKERS": "1",
        "PLACES": str(PLACES),
        "FOLDER": str(folder),
        **more,
    }
    server = subprocess.Popen([sys.executable, "-c", SERVE], cwd=ROOT, env=environment)
    try:
        _wait_for(number)
        yield number
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
    pytest.fail("The server does not listen.")


@contextmanager
def clients(port: int, count: int, length: int = 5_000) -> Iterator[list[socket.socket]]:
    """So many that have sent one byte of a body."""
    with ExitStack() as stack:
        ours = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            for _ in range(count)
        ]
        for one in ours:
            one.sendall(HEAD.format(length).encode() + b"x")
        yield ours


def answered(port: int, path: str = "quick", body: bytes = b"ab") -> str:
    response = requests.post(f"http://127.0.0.1:{port}/{path}", data=body, timeout=30)
    response.raise_for_status()
    return response.text


def end_of(client: socket.socket) -> bytes:
    """What the server still says before it closes the connection."""
    said = b""
    try:
        while part := client.recv(65_536):
            said += part
    except ConnectionResetError:
        pass
    return said


@pytest.mark.skipif(not IS_LINUX, reason="no other system tells what a connection has moved")
@pytest.mark.slow
def test_two_hundred_that_stall_hold_up_nobody_and_are_cut_off(port):
    started = time.monotonic()
    with clients(port, 200) as stalled:
        assert [answered(port) for _ in range(20)] == ["2 of 2"] * 20
        assert time.monotonic() - started < STALLED
        ends = [end_of(one) for one in stalled]
        assert STALLED <= time.monotonic() - started < 3 * STALLED + 2
    assert b"200 OK" not in b"".join(ends)
    assert answered(port) == "2 of 2"


@pytest.mark.skipif(not IS_LINUX, reason="no other system tells what a connection has moved")
@pytest.mark.slow
def test_one_address_does_not_hold_all_connections(tmp_path):
    """Neither where it sends nothing, nor where it stalls."""
    with _server(tmp_path, STALLED="60", CONNECTIONS="256") as port, requests.Session() as busy:
        until = time.monotonic() + 5
        with clients(port, 300), _silent(port, 300):
            while time.monotonic() < until:
                assert busy.post(f"http://127.0.0.1:{port}/quick", timeout=5).ok
                time.sleep(0.1)


@pytest.mark.skipif(not IS_LINUX, reason="elsewhere nobody comes from 127.0.0.2")
def test_one_address_does_not_hold_all_slots(tmp_path):
    """Downloads, which last as long as their readers like, among them."""
    with _server(tmp_path, STALLED="60", AN_ADDRESS="1") as port, ExitStack() as stack:
        assert [answered(port) for _ in range(PLACES)] == ["2 of 2"] * PLACES
        first = stack.enter_context(_reader(port, "127.0.0.1"))
        assert first.recv(1_000)
        second = stack.enter_context(_reader(port, "127.0.0.1"))
        time.sleep(0.5)  # it has arrived
        elsewhere = stack.enter_context(_reader(port, "127.0.0.2"))
        assert elsewhere.recv(1_000)
        first.close()
        assert second.recv(1_000)


@pytest.mark.skipif(not IS_LINUX, reason="elsewhere nobody comes from 127.0.0.2")
@pytest.mark.slow
def test_one_address_that_asks_and_goes_away_holds_up_nobody(tmp_path):
    """Nobody tells a request that its client has gone: more of them than there are threads."""
    with _server(tmp_path, STALLED="60", AN_ADDRESS="1") as port:
        for _ in range(7):
            with ExitStack() as stack:
                for _ in range(100):
                    stack.enter_context(_asking(port, "127.0.0.1", "/slow"))
                time.sleep(0.2)  # they have arrived
        started = time.monotonic()
        with _asking(port, "127.0.0.2") as elsewhere:
            assert b"200 OK" in elsewhere.recv(1_000)
        assert time.monotonic() - started < 10


@pytest.mark.skipif(not IS_LINUX, reason="elsewhere nobody comes from 127.0.0.2")
def test_addresses_take_turns(tmp_path):
    """Whoever asks for one thing does not wait behind all that four others asked for before."""
    with _server(tmp_path, STALLED="60", AN_ADDRESS="8") as port, ExitStack() as stack:
        for number in range(2, 6):
            for _ in range(8):
                stack.enter_context(_asking(port, f"127.0.0.{number}", "/slow"))
        time.sleep(0.3)  # they have arrived; together they take three seconds
        started = time.monotonic()
        elsewhere = stack.enter_context(_asking(port, "127.0.0.6"))
        assert b"200 OK" in elsewhere.recv(1_000)
        assert time.monotonic() - started < 1.5


@pytest.mark.skipif(not IS_LINUX, reason="elsewhere nobody comes from 127.0.0.2")
def test_only_so_many_wait_and_half_of_them_from_one_address(tmp_path):
    with _server(tmp_path, STALLED="60", AN_ADDRESS="1", WAITING="2") as port, ExitStack() as stack:
        first = stack.enter_context(_asking(port, "127.0.0.1", "/stream"))
        assert first.recv(1_000)
        waits = stack.enter_context(_asking(port, "127.0.0.1"))
        time.sleep(0.5)  # it has arrived
        refused = stack.enter_context(_asking(port, "127.0.0.1"))
        assert b"503 Service Unavailable" in refused.recv(1_000)
        elsewhere = stack.enter_context(_asking(port, "127.0.0.2"))
        assert b"200 OK" in elsewhere.recv(1_000)
        first.close()
        assert b"200 OK" in waits.recv(1_000)


@pytest.mark.skipif(not IS_LINUX, reason="elsewhere nobody comes from 127.0.0.2")
@pytest.mark.slow
def test_only_so_much_is_sent_at_once_and_half_of_it_to_one_address(tmp_path):
    """Otherwise slow readers of large pictures fill the memory."""
    with _server(tmp_path, STALLED="60") as port, ExitStack() as stack:

        def status_for(address: str, method: str = "GET") -> bytes:
            reader = stack.enter_context(_asking(port, address, "/large", method))
            return reader.recv(12)[9:]

        first = stack.enter_context(_asking(port, "127.0.0.1", "/large"))
        assert first.recv(12)[9:] == b"200"
        assert status_for("127.0.0.1") == b"503"
        assert status_for("127.0.0.2") == b"200"
        assert status_for("127.0.0.3") == b"503"
        assert answered(port) == "2 of 2"
        first.close()
        time.sleep(0.5)  # the server has seen it
        for _ in range(3):
            assert status_for("127.0.0.1", "HEAD") == b"200"
            time.sleep(0.2)
        whole = stack.enter_context(_asking(port, "127.0.0.1", "/large"))
        read = 0
        while read < echo.LARGE:
            read += len(whole.recv(1_000_000))
        assert status_for("127.0.0.1") == b"200"


def _asking(port: int, address: str, path: str = "/", method: str = "GET") -> socket.socket:
    """Somebody who asks for what stands there."""
    one = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(address, 0))
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    one.sendall(head.encode())
    return one


def _reader(port: int, address: str) -> socket.socket:
    """Somebody who asks for a stream."""
    return _asking(port, address, "/stream")


@contextmanager
def _silent(port: int, count: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        yield


@pytest.mark.slow
def test_a_slow_upload_that_moves_is_not_cut_off(port):
    parts = 4 * STALLED
    with clients(port, 1, length=1 + 2_500 * parts) as [slow]:
        for _ in range(parts):
            time.sleep(0.5)
            slow.sendall(bytes(2_500))
        assert f"{1 + 2_500 * parts} of".encode() in slow.recv(1_000)


@pytest.mark.slow
@pytest.mark.parametrize("length", [60_000, echo.MOST])
def test_a_body_that_would_take_too_long_is_refused_long_before_it_is_there(port, length):
    with clients(port, 1, length=length) as [slow]:
        slow.setblocking(False)
        assert b" 408 " in _answered_while(slow, sent=b"x" * 600, every=0.25)


def _answered_while(client: socket.socket, *, sent: bytes, every: float) -> bytes:
    """What it is answered while it still sends."""
    for _ in range(40):
        client.sendall(sent)
        time.sleep(every)
        with suppress(BlockingIOError):
            return client.recv(1_000)
    pytest.fail("It is not answered.")


@pytest.mark.skipif(not IS_LINUX, reason="no other system tells what a connection has moved")
@pytest.mark.slow
def test_a_byte_now_and_then_is_not_enough(port):
    with clients(port, 1) as [trickling]:
        trickle = threading.Thread(target=_trickle, args=[trickling], daemon=True)
        trickle.start()
        trickle.join(10)
        assert not trickle.is_alive()


def _trickle(client: socket.socket) -> None:
    """Until the connection is closed."""
    with suppress(OSError):
        while True:
            client.sendall(b"x")
            time.sleep(0.2)


@contextmanager
def readers(port: int, count: int, *, at_once: int, every: float) -> Iterator[None]:
    """So many that ask for a stream and read so many bytes of it every so many seconds."""
    with ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)  # what is read, is taken
            one.connect(("127.0.0.1", port))
            one.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            one.recv(1_000)
            threading.Thread(target=_read, args=[one, at_once, every], daemon=True).start()
        yield


def _read(client: socket.socket, at_once: int, every: float) -> None:
    """Until either end closes the connection."""
    with suppress(OSError):
        while client.recv(at_once):
            time.sleep(every)


@pytest.mark.skipif(not IS_LINUX, reason="no other system tells what a connection has moved")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("at_once", "every"), [(1, 60), (600, 0.1)], ids=["nothing", "a little now and then"]
)
def test_whoever_does_not_read_what_is_streamed_is_cut_off(port, at_once, every):
    """And its place is free again."""
    with readers(port, PLACES, at_once=at_once, every=every):
        time.sleep(3 * STALLED)
        assert answered(port) == "2 of 2"


@pytest.mark.skipif(not IS_LINUX, reason="no other system tells what a connection has moved")
@pytest.mark.slow
def test_whoever_reads_steadily_is_not_cut_off(port):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as reader:
        reader.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        read, until = 0, time.monotonic() + 4 * STALLED
        while time.monotonic() < until:
            read += len(reader.recv(20_000))
            time.sleep(0.01)
        while read < echo.STREAMED:
            part = reader.recv(1_000_000)
            assert part
            read += len(part)


def test_what_is_longer_than_allowed_is_not_read(port):
    length = whole_body.FORGOTTEN + 1
    with clients(port, 1, length=length) as [client]:
        assert f"0 of {length}".encode() in client.recv(1_000)


def test_a_body_that_ends_too_early_is_refused(port):
    with clients(port, 1) as [client]:
        client.shutdown(socket.SHUT_WR)
        said = end_of(client)
    assert not said or b"400 Bad Request" in said


@pytest.mark.parametrize("length", [0, 1, 300_000, echo.MOST])
def test_bodies_arrive_whole(port, length):
    assert answered(port, body=bytes(length)) == f"{length} of {length}"


@pytest.mark.parametrize(("length", "read"), [(0, 0), (300_000, 300_000), (2_000_000, 1_000_001)])
def test_chunked_bodies_arrive_whole_up_to_the_limit(port, length, read):
    body = iter([bytes(length)] if length else [])
    assert answered(port, body=body) == f"{read} of {read}"


def test_only_so_many_are_worked_on_at_once(port):
    started = time.monotonic()
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda _: answered(port, "slow"), range(5)))
    assert time.monotonic() - started >= 0.6  # two, two and one
