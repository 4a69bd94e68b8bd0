"""How the supervisor hears that it should stop."""

import os
import re
import signal
from pathlib import Path
from types import FrameType

INTERRUPT_BIT = 1 << (signal.SIGINT - 1)


class Stopped(BaseException):
    """A signal asked for the end while the site was still being prepared."""


class Ear:
    """Hears Ctrl-C, SIGTERM, the end of the terminal, and the end of `parent` (make).

    Until `raises` is put out a signal raises Stopped; then it is only remembered.
    """

    def __init__(self, parent: int | None) -> None:
        self.parent = parent
        self.signals = 0
        self.raises = True
        self._parent_was_deaf = parent is None or _is_deaf(parent)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # as nohup leaves SIGHUP
                signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1
        if self.raises:
            raise Stopped

    def is_told_to_stop(self) -> bool:
        """True after a signal, and when the parent ended or was interrupted."""
        return self.signals > 0 or self._has_parent_ended()

    def is_told_twice(self) -> bool:
        """True when somebody does not want to wait."""
        return self.signals > 1

    def _has_parent_ended(self) -> bool:
        if self.parent is None:
            return False
        if os.getppid() != self.parent:
            return True
        # make passes SIGTERM on, but trusts the terminal to send SIGINT to all. Sent to make
        # alone it makes it wait for us, deaf from then on, and we never hear of it.
        return not self._parent_was_deaf and _is_deaf(self.parent)


def _is_deaf(process: int) -> bool:
    """True when the process has no handler for SIGINT. Only Linux tells."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True
    caught = re.search(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)
    return caught is None or not int(caught[1], 16) & INTERRUPT_BIT
