"""A killed parent leaves no process behind, busy or not."""

import os
import subprocess
import sys
import time

import pytest

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the signal")

FORKING = """
import os, time
from digitsite import parent_death
parent_death.tie_forks()
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
ASKING = """
import os, signal, time
from digitsite import parent_death
parent = os.getpid()
if os.fork() == 0:
    signal.signal(signal.SIGTERM, lambda number, frame: (print("asked", flush=True), os._exit(0)))
    parent_death.die_with(parent, signal.SIGTERM)
    print("ready", flush=True)
while True:
    time.sleep(0.01)
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
@pytest.mark.slow
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


@on_linux
def test_a_child_may_be_asked_to_stop_instead():
    parent = subprocess.Popen([sys.executable, "-c", ASKING], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "ready\n"
    parent.kill()
    parent.wait()
    assert parent.stdout.read() == "asked\n"
