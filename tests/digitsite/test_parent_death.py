"""A killed parent leaves no process behind, busy or not."""

import os
import signal
import subprocess
import sys
import time

import pytest

from digitsite.supervisor.orphan_killer import bury

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the signal")

FORKING = """
import os, time
from digitsite import parent_death
parent_death.hold_forks()
child = os.fork()
if child:
    print(child, flush=True)
while True:
    time.sleep(0.01)
"""
ORPHANED = """
import os, time
from digitsite import parent_death
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        time.sleep(0.01)
    parent_death.die_with(parent)
    print("still here")
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_the_end_of(pid: int, *, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)


@on_linux
def test_a_fork_ends_with_the_process_that_made_it():
    parent = subprocess.Popen([sys.executable, "-c", FORKING], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    assert wait_for_the_end_of(child)


@on_linux
def test_a_child_whose_parent_ended_before_the_kernel_was_told_ends_itself():
    done = subprocess.run([sys.executable, "-c", ORPHANED], capture_output=True, text=True)
    assert done.stdout == done.stderr == ""


def test_the_undertaker_kills_the_groups_that_are_left():
    left, ended = (subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2))
    bury([f"+{left.pid}\n", f"+{ended.pid}\n", f"-{ended.pid}\n"])
    assert left.wait(timeout=5) == -signal.SIGKILL
    assert ended.poll() is None
    ended.kill()
    ended.wait()


def test_the_undertaker_acts_when_the_pipe_ends():
    left = subprocess.Popen(["sleep", "60"], start_new_session=True)
    undertaker = subprocess.Popen(
        [sys.executable, "-m", "digitsite.supervisor.orphan_killer"],
        stdin=subprocess.PIPE,
        text=True,
    )
    undertaker.stdin.write(f"+{left.pid}\n")
    undertaker.stdin.flush()
    time.sleep(0.2)
    assert left.poll() is None
    undertaker.stdin.close()
    assert left.wait(timeout=5) == -signal.SIGKILL
    assert undertaker.wait(timeout=5) == 0
