"""`make run`, for real: started."""

import os
import socket
import sys
import time
import urllib.request

import pytest

from digitsite.config import sockets
from tests.digitsite.supervisor.sites import MAKE_RUN, answers, health, wait_until
from tests.stack import Site

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]


def test_from_nothing_to_ready_and_again(start, tmp_path):
    var = tmp_path / "var"
    first = start(var, command=MAKE_RUN).ready()
    password = first.terminal().partition("password ")[2].split()[0]
    assert health(first)["status"] == "ready"
    wait_until(lambda: answers(first))
    check = f"print(get_user_model().objects.get(username='admin').check_password({password!r}))"
    asked = f"from django.contrib.auth import get_user_model; {check}"
    assert "True" in first.run(asked)
    first.stop()

    again = start(var, command=MAKE_RUN).ready()
    assert again.terminal().startswith("Ready: ")  # nothing is prepared, no password shown
    assert password not in "".join(file.read_text() for file in (var / "log").iterdir())


def test_what_nobody_waits_for_has_a_low_priority(site):
    site.wait_for_processes("[background]", "[beat]")
    usual = os.nice(0)
    priorities = {"[web]": usual, "[recognition]": usual, "[background]": 10, "[beat]": usual}
    pids = {name: site.pid(name) for name in priorities}
    assert {name: os.getpriority(os.PRIO_PROCESS, pids[name]) for name in pids} == priorities


def test_static_files_come_under_hashed_names(site):
    with urllib.request.urlopen(f"{site.url}/accounts/login/") as page:
        html = page.read().decode()
    style = html.partition('rel="stylesheet" href="')[2].partition('"')[0]
    with urllib.request.urlopen(site.url + style) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("favicon.ico", "image/"),
        ("apple-touch-icon.png", "image/png"),
        ("manifest.webmanifest", "application/manifest+json"),
    ],
)
def test_what_browsers_look_for_by_name_is_there(site, path, kind):
    with urllib.request.urlopen(f"{site.url}/{path}") as answer:
        assert answer.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize("step", ["Preparing the database", "Collecting static files"])
def test_a_start_that_was_cut_off_is_completed_by_the_next(start, tmp_path, step):
    var = tmp_path / "var"
    cut_off = Site(var).wait_for(step)
    time.sleep(0.3)
    cut_off.process.kill()
    cut_off.process.wait()
    assert health(start(var).ready())["status"] == "ready"
    assert list((var / "static").glob("recognizer/css/*.*.css"))


def test_a_stale_socket_does_not_hinder(start, new_var):
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(sockets.path_for(new_var)))
    stale.close()
    start(new_var).ready()
