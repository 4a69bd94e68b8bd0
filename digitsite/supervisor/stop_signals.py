"""Notices Ctrl-C and the other signals that ask the supervisor to stop."""

import signal
from types import FrameType


class StopSignals:
    """Counts SIGINT, SIGTERM and SIGHUP (the end of the terminal) from its creation on."""

    def __init__(self) -> None:
        self.count = 0
        self.last = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # SIG_IGN: nohup ignores SIGHUP
                signal.signal(number, self._count_one)

    def _count_one(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.last = number
