"""Ties the life of a process to its parent's, so that a killed parent leaves nothing behind.

Linux tells the kernel so (prctl(2), PR_SET_PDEATHSIG). Other systems cannot: there the supervisor
starts digitsite.supervisor.orphan_killer.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
IS_LINUX = sys.platform == "linux"
# Looked up once: a child between fork and exec should do as little as possible.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if IS_LINUX else None
_forking = 0


def die_with(parent: int) -> None:
    """Has the kernel kill this process when `parent`, which started it, ends in any way."""
    if _prctl is None:
        return
    if _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it ended before the kernel was told
        os._exit(1)


def hold_forks() -> None:
    """Ties every process that this one forks from now on to this one, and theirs to them."""
    os.register_at_fork(before=_remember, after_in_child=_follow)


def _remember() -> None:
    global _forking
    _forking = os.getpid()


def _follow() -> None:
    die_with(_forking)
