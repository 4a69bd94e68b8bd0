"""The heartbeat of a run, and the ear for those who want it to end.

A thread writes that the worker lives and looks whether staff asked to cancel, another worker has
the run, or it takes too long. Then it interrupts the work wherever that is: by a signal, which
Python hears between two of its own instructions; where no signal can be had (in another thread than
the main one), at the work's next check. Work that hears neither, because it hangs in somebody's C,
is ended with its whole process, and the run by the reaper, which finds it silent.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.db import Error, connection
from django.utils import timezone

from training.models import TrainingRun
from training.runs.lease import Cancelled, Interrupted, LeaseLost, RunLease, TookTooLong

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
# Work that goes on so long after it was interrupted does not hear.
DEAF_SECONDS = 10.0
SIGNAL = getattr(signal, "SIGUSR2", None)


@contextmanager
def beating(lease: RunLease) -> Iterator[None]:
    """Beats once a second while the block runs. The block may end by Interrupted.

    Where it does not end, ten seconds after it was interrupted, this process is killed.
    """
    over = threading.Event()
    beats = threading.Thread(target=_beat, args=[lease, over], name="heartbeat", daemon=True)
    with _interruptible(lease):
        beats.start()
        try:
            yield
        finally:
            lease.conclude()
            over.set()
            beats.join()


@contextmanager
def _interruptible(lease: RunLease) -> Iterator[None]:
    """Has the signal check the lease, where signals come to this thread."""
    if SIGNAL is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(number: int, frame: FrameType | None) -> Any:
        lease.check()

    before = signal.signal(SIGNAL, hear)
    lease.signalled = True
    try:
        yield
    finally:
        lease.signalled = False
        signal.signal(SIGNAL, before)


def _beat(lease: RunLease, over: threading.Event) -> None:
    try:
        while not over.wait(BEAT_SECONDS):
            _try(lease)
            if lease.deaf_for > DEAF_SECONDS:
                log.error("The work of %s does not end: this process is killed.", lease.run)
                os.kill(os.getpid(), signal.SIGKILL)
    finally:
        connection.close()


def _try(lease: RunLease) -> None:
    try:
        _once(lease)
    except Error as error:  # the next beat may get through
        log.warning("A heartbeat of %s failed: %s", lease.run, error)
        connection.close()


def _once(lease: RunLease) -> None:
    mine = TrainingRun.objects.held_by(lease.lease)
    if not mine.update(heartbeat_at=timezone.now()):
        _interrupt(lease, LeaseLost(f"{lease.run} is held by another worker, or over."))
    elif mine.filter(cancel_asked=True).exists():
        _interrupt(lease, Cancelled(f"{lease.run} is to be cancelled."))
    elif mine.worked_too_long().exists():
        _interrupt(lease, TookTooLong(f"{lease.run} takes too long."))


def _interrupt(lease: RunLease, why: Interrupted) -> None:
    lease.interrupt(why)
    main = threading.main_thread().ident
    if SIGNAL is not None and lease.signalled and main is not None:
        signal.pthread_kill(main, SIGNAL)
