"""`make run`, for real: stopped in every way."""

import os
import shlex
import signal
import sys
import time

import pytest

from digitsite.supervisor.process_group import SECONDS_TO_STOP
from tests.digitsite.supervisor.sites import MAKE_RUN, health, kill_supervisor, wait_until
from tests.stack import Site

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]

# Runs a command on a terminal of its own, on which SIGUSR1 presses Ctrl-C.
TERMINAL = """
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGUSR1, lambda number, frame: os.write(terminal, b"\\x03"))
try:
    while piece := os.read(terminal, 4096):
        os.write(1, piece)
except OSError:
    pass  # EIO: nobody has the terminal open any more
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""

ON_A_TERMINAL = [sys.executable, "-c", TERMINAL, "sh", "-c", f"{shlex.join(MAKE_RUN)}; exit"]


def press_ctrl_c(site: Site) -> None:
    site.process.send_signal(signal.SIGUSR1)


def close_the_terminal(site: Site) -> None:
    site.process.kill()


def interrupt_all(site: Site) -> None:
    os.killpg(site.process.pid, signal.SIGINT)  # as the terminal does


def terminate_make(site: Site) -> None:
    site.process.terminate()


def kill_make(site: Site) -> None:
    site.process.kill()


def terminate_supervisor(site: Site) -> None:
    os.kill(site.pid("digitsite.supervisor"), signal.SIGTERM)


WAYS = [
    interrupt_all,
    terminate_make,
    kill_make,
    terminate_supervisor,
    kill_supervisor,
]


@pytest.mark.parametrize("end", WAYS)
def test_however_it_ends_no_process_is_left(start, new_var, end):
    site = start(new_var, command=MAKE_RUN).ready()
    site.wait_for_processes("[beat]", "[background]")
    end(site)
    site.process.wait(timeout=15)
    wait_until(lambda: not site.processes())


@pytest.mark.parametrize("end", [press_ctrl_c, close_the_terminal])
def test_however_it_ends_on_a_terminal_no_process_is_left(start, new_var, end):
    site = start(new_var, command=ON_A_TERMINAL).ready()
    end(site)
    site.process.wait(timeout=15)
    wait_until(lambda: not site.processes())
    assert (new_var / "broker.rdb").exists()  # it was not killed


def test_a_second_ctrl_c_waits_for_nothing(start, new_var):
    site = start(new_var, command=ON_A_TERMINAL).ready()
    # So that it does not stop when asked.
    os.kill(site.pid("[web]"), signal.SIGSTOP)
    press_ctrl_c(site)
    site.wait_for("Stopping ...")
    began = time.monotonic()
    press_ctrl_c(site)
    site.process.wait(timeout=15)
    assert time.monotonic() - began < SECONDS_TO_STOP / 2
    wait_until(lambda: not site.processes())


def test_while_it_prepares_it_can_be_stopped_too(start, tmp_path):
    site = start(tmp_path / "var").wait_for("Collecting static files")
    site.process.terminate()
    assert site.process.wait(timeout=10) == 128 + signal.SIGTERM
    assert not site.processes()


def test_without_a_parent_it_outlives_the_one_that_started_it(start, new_var):
    launcher = f"{sys.executable} -m digitsite.supervisor & wait"
    site = start(new_var, command=["sh", "-c", launcher]).ready()
    site.process.kill()
    site.process.wait()
    time.sleep(0.5)
    assert health(site)["status"] == "ready"
    os.kill(site.pid("digitsite.supervisor"), signal.SIGTERM)
    wait_until(lambda: not site.processes())
