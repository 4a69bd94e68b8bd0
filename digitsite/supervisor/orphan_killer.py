"""Outlives a supervisor that was killed, just long enough to kill what it had started.

For systems without a parent-death signal. Reads `+GROUP` and `-GROUP` lines, the process groups
that started and ended, from a pipe whose other end the supervisor alone holds: when the
supervisor ends, however, the pipe ends.
"""

import os
import signal
import sys
from collections.abc import Iterable


def bury(lines: Iterable[str]) -> None:
    """Follows the lines to their end, then kills the groups that were left."""
    groups: set[int] = set()
    for line in lines:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # it is gone; macOS calls a group of zombies "not permitted"


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    bury(sys.stdin)
