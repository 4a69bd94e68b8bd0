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
from training.runs.lease import Cancelled, Hands, Interrupted, LeaseLost, TookTooLong

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
# Work that goes on so long after it was interrupted does not hear.
DEAF_SECONDS = 10.0
SIGNAL = getattr(signal, "SIGUSR2", None)


@contextmanager
def beating(hands: Hands) -> Iterator[None]:
    """Beats once a second while the block runs. The block may end by Interrupted.

    Where it does not end, ten seconds after it was interrupted, this process is killed.
    """
    over = threading.Event()
    heart = threading.Thread(target=_beat, args=[hands, over], name="heartbeat", daemon=True)
    with _interruptible(hands):
        heart.start()
        try:
            yield
        finally:
            hands.conclude()
            over.set()
            heart.join()


@contextmanager
def _interruptible(hands: Hands) -> Iterator[None]:
    """Has the signal check the hands, where signals come to this thread."""
    if SIGNAL is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(number: int, frame: FrameType | None) -> Any:
        hands.check()

    before = signal.signal(SIGNAL, hear)
    hands.signalled = True
    try:
        yield
    finally:
        hands.signalled = False
        signal.signal(SIGNAL, before)


def _beat(hands: Hands, over: threading.Event) -> None:
    try:
        while not over.wait(BEAT_SECONDS):
            _try(hands)
            if hands.deaf_for > DEAF_SECONDS:
                log.error("The work of %s does not end: this process is killed.", hands.run)
                os.kill(os.getpid(), signal.SIGKILL)
    finally:
        connection.close()


def _try(hands: Hands) -> None:
    try:
        _once(hands)
    except Error as error:  # the next beat may get through
        log.warning("The heart of %s missed a beat: %s", hands.run, error)
        connection.close()


def _once(hands: Hands) -> None:
    mine = TrainingRun.objects.held_by(hands.lease)
    if not mine.update(heartbeat_at=timezone.now()):
        _interrupt(hands, LeaseLost(f"{hands.run} is in other hands, or over."))
    elif mine.filter(cancel_asked=True).exists():
        _interrupt(hands, Cancelled(f"{hands.run} is to be cancelled."))
    elif mine.worked_too_long().exists():
        _interrupt(hands, TookTooLong(f"{hands.run} takes too long."))


def _interrupt(hands: Hands, why: Interrupted) -> None:
    hands.interrupt(why)
    main = threading.main_thread().ident
    if SIGNAL is not None and hands.signalled and main is not None:
        signal.pthread_kill(main, SIGNAL)
