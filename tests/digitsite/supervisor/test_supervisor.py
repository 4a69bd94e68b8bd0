"""`make run`, for real: started, stopped in every way, hindered in every way."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from digitsite.config import sockets
from digitsite.supervisor.process_group import SECONDS_TO_STOP
from tests.stack import ROOT, SERVICES, Site, free_port, supervisor

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]

MAKE_RUN = ["make", "--no-print-directory", "run", f"VENV={sys.prefix}"]


@pytest.fixture
def start():
    """Starts sites, and clears away what a failed test left of them."""
    sites = []

    def start(var: Path, **options) -> Site:
        sites.append(Site(var, **options))
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


@pytest.fixture
def refused():
    """Starts a site that cannot start, and returns the one line that says why."""

    def start(var: Path, **environment) -> str:
        site = Site(var, **environment)
        code = site.process.wait(timeout=30)
        assert (code, site.processes()) == (1, {})
        [line] = site.terminal().splitlines()
        assert line.startswith("Cannot start: ")
        return line

    return start


def wait_until(condition, *, seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def health(site: Site) -> dict:
    with urllib.request.urlopen(f"{site.url}/health/ready", timeout=10) as answer:
        return json.load(answer)


# Starting --------------------------------------------------------------------------------------


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


# Stopping --------------------------------------------------------------------------------------

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


def kill_supervisor(site: Site) -> None:
    os.kill(site.pid("digitsite.supervisor"), signal.SIGKILL)


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
    site.wait_for_processes("beat", "Q training")
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
    os.kill(site.pid("digitsite.web"), signal.SIGSTOP)  # so that it does not stop when asked
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


# Going on --------------------------------------------------------------------------------------

PARTS = ["digitsite.web", "Q recognition", "Q training", "beat", "valkey-server"]


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


def web_processes(site: Site) -> list[int]:
    """The web server's main process, and its workers."""
    return [pid for pid, line in site.processes().items() if "digitsite.web" in line]


def answers(site: Site) -> bool:
    try:
        workers = health(site)["workers"]
    except OSError:
        return False
    return "recognition" in (workers or {})


# Hindrances ------------------------------------------------------------------------------------


def test_a_port_that_is_taken(refused, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = refused(tmp_path / "var", PORT=str(port))
    assert f"127.0.0.1:{port} cannot be listened on (Address already in use)" in line


def test_a_site_that_runs_already(site):
    second = Site(site.var, terminal="second")
    assert second.process.wait(timeout=20) == 1
    assert f"A site runs on {site.var} already, process {site.process.pid}." in second.terminal()
    assert second.terminal().count("\n") == 1
    assert health(site)["status"] == "ready"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "http"),
        ("HOST", "no such host"),
        ("WEB_THREADS", "0"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "redis://localhost:port/0"),
    ],
)
def test_nonsense_in_the_environment(refused, tmp_path, variable, value):
    """tests/digitsite/config/test_environment.py has all the variables."""
    line = refused(tmp_path / "var", **{variable: value})
    assert variable in line or value in line


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_database_that_does_not_answer(refused, tmp_path, host):
    line = refused(tmp_path / "var", DATABASE_URL=f"postgres://me:secret@{host}/x")
    assert "No connection to the database: " in line
    assert "secret" not in line


def test_a_broker_that_does_not_answer(refused, tmp_path):
    line = refused(tmp_path / "var", REDIS_URL="redis://:secret@127.0.0.1:1/0")
    assert "The broker does not answer: " in line
    assert "secret" not in line


def test_a_folder_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "file").touch()
    site = Site(tmp_path / "other", VAR=str(tmp_path / "file" / "var"))
    assert site.process.wait(timeout=20) == 1
    [line] = site.terminal().splitlines()
    assert line.startswith("Cannot start: VAR cannot be used as a folder:")


def test_a_folder_on_a_disk_that_takes_no_files(refused, tmp_path):
    """As root no folder of the tests' own is read-only: /proc takes files from nobody."""
    line = refused(tmp_path / "other", VAR="/proc")
    assert "VAR cannot be used as a folder" in line


def test_a_damaged_file_of_the_broker_is_set_aside(start, new_var):
    (new_var / "broker.rdb").write_bytes(b"VALKEY080 and nonsense")
    site = start(new_var).ready()
    assert f"{new_var}/broker.rdb is damaged and was set aside" in site.terminal()
    assert (new_var / "broker.rdb.damaged").exists()


def test_shipped_files_that_are_damaged_are_named(tmp_path):
    copy = tmp_path / "copy"
    skipped = shutil.ignore_patterns(".venv", "var", ".git", "tests")
    shutil.copytree(ROOT, copy, ignore=skipped)
    with (copy / "recognizer/shipped/model.onnx").open("ab") as file:
        file.write(b"more")
    done = subprocess.run(
        supervisor(),
        cwd=copy,
        env={name: value for name, value in os.environ.items() if name not in SERVICES}
        | {
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
            "VAR": str(copy / "var"),
            "PORT": str(free_port()),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Cannot start: model.onnx does not have the SHA-256")
