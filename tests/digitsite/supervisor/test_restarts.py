"""`make run`, for real: what dies is started again."""

import os
import signal
import sys
import urllib.request

import pytest

from tests.digitsite.supervisor.sites import (
    answers,
    health,
    kill_supervisor,
    wait_until,
    web_processes,
)
from tests.stack import Site

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]

PARTS = ["[web]", "[recognition]", "[background]", "[beat]", "[valkey-server]"]


def test_what_dies_is_started_again(start, new_var):
    site = start(new_var).ready()
    site.wait_for_processes(*PARTS)
    killed = [site.pid(part) for part in PARTS]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    site.wait_for("killed by SIGKILL", times=len(PARTS))
    site.wait_for_processes(*PARTS)
    assert not set(killed) & set(site.processes())
    wait_until(lambda: answers(site), seconds=30)
    assert len(site.terminal().splitlines()) < 30  # no tight loop, no flood


def test_a_web_worker_that_dies_is_replaced_while_the_others_answer(site):
    main, *workers = web_processes(site)
    os.kill(workers[0], signal.SIGKILL)
    wait_until(lambda: workers[0] not in web_processes(site), seconds=2)
    wait_until(lambda: len(web_processes(site)) == 1 + len(workers), seconds=2)
    after = web_processes(site)
    assert after[0] == main
    assert set(workers[1:]) <= set(after)
    assert "web ended" not in site.terminal()
    wait_until(lambda: answers(site), seconds=2)  # what the dead one had accepted is cut off
    assert health(site)["status"] == "ready"


def test_the_death_of_the_web_servers_main_process_is_not_noticed(start, new_var):
    site = start(new_var).ready()
    main, *workers = web_processes(site)
    os.kill(main, signal.SIGKILL)
    site.wait_for("web ended (killed by SIGKILL), starts again in 0.5 s")
    wait_until(lambda: is_alive(site) and len(web_processes(site)) == 5, seconds=20)
    assert set(workers) < set(web_processes(site))
    site.process.terminate()
    site.process.wait(timeout=15)
    assert not site.processes()


def test_workers_without_a_main_process_end_with_the_supervisor(start, new_var):
    site = start(new_var).ready()
    os.kill(web_processes(site)[0], signal.SIGKILL)
    site.wait_for("web ended")
    kill_supervisor(site)
    wait_until(lambda: not site.processes())


def is_alive(site: Site) -> bool:
    """Whether a web server answers; fails where none does."""
    with urllib.request.urlopen(f"{site.url}/health/live", timeout=10) as answer:
        return answer.status == 200
