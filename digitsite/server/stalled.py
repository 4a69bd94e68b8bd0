"""Closes stalled connections: a client that stops sending in the middle of a request would hold a
thread for as long as it likes, and one that hardly reads, an export. Also closes those of
addresses that have more than their share: a few of them could take all that there are.

Linux alone tells how much a connection has moved: tcp(7), TCP_INFO. Elsewhere nothing is closed.
"""

import fcntl
import os
import socket
import stat
import struct
import sys
import termios
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from typing import NamedTuple

from digitsite.parent_death import IS_LINUX
from digitsite.server.client_address import client_network

# A sending client must send at least this many bytes within the timeout.
LEAST_BYTES = 4_000
# A receiving client must accept this many bytes a second.
TAKEN_A_SECOND = 10_000
# Looks in the time that a connection has, and the most seconds between two.
LOOKS, MOST_SECONDS = 5, 1.0
# How soon, in seconds, it looks again after it closed connections beyond a share: others wait for
# their places, maybe behind more of the same.
SOON = 0.1
# Where struct tcp_info has tcpi_bytes_acked and tcpi_bytes_received.
_MOVED = struct.Struct("<QQ")
_OFFSET = 120


class Moved(NamedTuple):
    """Bytes: acknowledged by the client, received from it, and waiting to be sent to it."""

    taken: int
    received: int
    waiting: int


def watch(port: int, *, seconds: float, together: int | None) -> None:
    """Starts a thread that closes stalled connections to this port of this process: those on which
    for so many seconds output was not accepted, or more slowly than TAKEN_A_SECOND, and less than
    LEAST_BYTES was received. Where there are more than `together`, it closes connections of the
    addresses that have most, the longest stalled first; None: there is a proxy in front, whose
    address all of them have."""
    if IS_LINUX:
        watchdog = Watchdog(port, seconds, together)
        Thread(target=watchdog.run, daemon=True, name="stalled").start()


class _Activity(NamedTuple):
    """When a connection last moved bytes, its counters then, and whose it is."""

    since: float
    moved: Moved
    client: str


class Watchdog:
    def __init__(self, port: int, seconds: float, together: int | None = None) -> None:
        self._port, self._seconds, self._together = port, seconds, together
        # By a connection's inode, since ports are used again.
        self._known: dict[int, _Activity] = {}

    def run(self) -> None:
        usual = pause = min(self._seconds / LOOKS, MOST_SECONDS)
        while True:
            time.sleep(pause)
            self.close_stalled(time.monotonic())
            pause = min(usual, SOON) if self.close_excess() else usual

    def close_stalled(self, now: float) -> None:
        """Closes connections that have stalled by now."""
        seen = {}
        for connection in _connections(self._port):
            with connection, suppress(OSError):  # it may have just been closed
                inode, moved = _inode(connection), _moved(connection)
                known = self._known.get(inode) or _Activity(now, moved, _client(connection))
                if _has_moved(known.moved, moved, enough=self._seconds * TAKEN_A_SECOND):
                    known = known._replace(since=now, moved=moved)
                seen[inode] = known
                if now - known.since > self._seconds:
                    connection.shutdown(socket.SHUT_RDWR)
        self._known = seen

    def close_excess(self) -> bool:
        """Closes what addresses have beyond their share, as the last look saw it. Returns whether
        that was anything."""
        excess = self._excess()
        for connection in _connections(self._port) if excess else ():
            with connection, suppress(OSError):
                if _inode(connection) in excess:
                    connection.shutdown(socket.SHUT_RDWR)
        return bool(excess)

    def _excess(self) -> set[int]:
        if self._together is None:
            return set()
        by_client = defaultdict(list)
        for inode, known in sorted(self._known.items(), key=lambda one: one[1].since):
            by_client[known.client].append(inode)
        share = _share([len(inodes) for inodes in by_client.values()], self._together)
        return {inode for inodes in by_client.values() for inode in inodes[:-share]}


def _share(counts: list[int], together: int) -> int:
    """The most connections, at least one, that each address may have, so that all of them have
    `together`. `counts`: how many each has."""
    share = together
    while share > 1 and sum(min(count, share) for count in counts) > together:
        share -= 1
    return share


def _inode(connection: socket.socket) -> int:
    return os.fstat(connection.fileno()).st_ino


def _client(connection: socket.socket) -> str:
    return client_network({"REMOTE_ADDR": connection.getpeername()[0]}, proxies=0)


def _has_moved(before: Moved, now: Moved, *, enough: float) -> bool:
    taken = now.taken - before.taken
    has_taken = taken >= enough or (taken > 0 and not now.waiting)
    return has_taken or now.received - before.received >= LEAST_BYTES


def _moved(connection: socket.socket) -> Moved:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _OFFSET + _MOVED.size)
    taken, received = _MOVED.unpack_from(info, _OFFSET)
    waiting = fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4))
    return Moved(taken, received, waiting=int.from_bytes(waiting, sys.byteorder))


def _connections(port: int) -> Iterator[socket.socket]:
    """Duplicates of this process's connections to the port."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            number = int(name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            found = socket.socket(fileno=os.dup(number))
            if _is_to(found, port):
                yield found
            else:
                found.close()


def _is_to(found: socket.socket, port: int) -> bool:
    if found.family not in (socket.AF_INET, socket.AF_INET6) or found.type != socket.SOCK_STREAM:
        return False
    return not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and (
        found.getsockname()[1] == port
    )
