"""The heartbeat of a run: a thread that records once a second that its worker is alive.

It stops when the lease is lost or staff asked to cancel. In the second case it interrupts the work,
as Celery's soft time limit does. Work that continues all the same is ended by the reaper
(training/runs/reaper.py), like that of a dead worker.
"""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection
from django.utils import timezone

from training.runs.lease import RunLease

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0


@contextmanager
def beating(lease: RunLease) -> Iterator[None]:
    """Writes a heartbeat once a second while the block runs, in a process of Celery's.

    Raises SoftTimeLimitExceeded in the block where the run is to be cancelled.
    """
    over = threading.Event()
    beats = threading.Thread(target=_beat, args=[lease, over], name="heartbeat", daemon=True)
    beats.start()
    try:
        yield
    finally:
        over.set()
        beats.join()


def _beat(lease: RunLease, over: threading.Event) -> None:
    try:
        while not over.wait(BEAT_SECONDS) and _is_held(lease):
            pass
    finally:
        connection.close()


def _is_held(lease: RunLease) -> bool:
    """Writes that the worker is alive. Returns whether the work may go on, as far as is known."""
    try:
        return _write(lease)
    except Error as error:  # the next one may get through
        log.warning("A heartbeat of %s failed: %s", lease.run, error)
        connection.close()
        return True


def _write(lease: RunLease) -> bool:
    if lease.working.update(heartbeat_at=timezone.now()):
        return True
    if lease.is_cancelled:
        _interrupt()
    return False


def _interrupt() -> None:
    """Has Celery raise SoftTimeLimitExceeded in the work.

    The cancel button does not have Celery revoke the task instead: that may not arrive, so that the
    row must be looked at anyway, and Celery forgets a task that it revoked, so that the reaper
    could not have it killed any more where it hangs.
    """
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, signal.SIGUSR1)
