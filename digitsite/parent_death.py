"""Ends a process when its parent ends, so that a killed parent leaves no process behind.

Linux alone can do that: prctl(2), PR_SET_PDEATHSIG. On other systems nothing here has an effect.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
IS_LINUX = sys.platform == "linux"
# Looked up in advance: a child should do as little as possible between fork and exec.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if IS_LINUX else None
_forking = 0


def die_with(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Makes the kernel send this process the signal when `parent`, which started it, ends."""
    if _prctl is None:
        return
    if _prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it ended before prctl was called
        os._exit(1)


def tie_forks() -> None:
    """Makes all processes that are forked from this one from now on, and their forks, end with
    their parent."""
    os.register_at_fork(before=_remember, after_in_child=_follow)


def _remember() -> None:
    global _forking
    _forking = os.getpid()


def _follow() -> None:
    die_with(_forking)
