"""Processes are started again, later and later; what they print is kept within bounds."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest

from digitsite import logs, parent_death
from digitsite.logs import Log
from digitsite.supervisor.__main__ import procfile
from digitsite.supervisor.process_group import ProcessGroup
from tests.stack import ROOT


@pytest.fixture
def group(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    group = ProcessGroup(tmp_path / "log")
    yield group
    group.stop(at_once=lambda: True)


def watch_until(group, condition, *, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
        group.watch()


def test_a_killed_process_starts_again(group, capsys):
    process = group.add("sleeper", "sleep 60")
    first = process.popen.pid
    os.kill(first, signal.SIGKILL)
    watch_until(group, lambda: process.popen.pid != first)
    said = capsys.readouterr().out
    assert said.startswith("sleeper ended (killed by SIGKILL), starts again in 0.5 s.")
    assert said.count("\n") == 1


@pytest.mark.slow
def test_one_that_fails_again_and_again_waits_longer_each_time(group, capsys):
    group.add("broken", "false")
    watch_until(group, lambda: "starts again in 2 s" in capsys.readouterr().out)


def test_what_it_said_last_is_told(group, capsys):
    group.add("broken", "sh -c 'echo The disk is full. >&2; exit 3'")
    said = []
    watch_until(group, lambda: said.append(capsys.readouterr().out) or any(said))
    line = "".join(said)
    assert "broken ended (exit code 3)" in line
    assert "It said: The disk is full." in line


def pauses_of(process, lives: list[float]) -> list[float]:
    """The pauses after it lived so many seconds, again and again."""
    pauses = []
    process.popen.wait()
    for seconds in lives:
        process.started = time.monotonic() - seconds
        process.plan_restart()
        pauses.append(process.due - time.monotonic())
    return [round(pause, 1) for pause in pauses]


def test_the_pause_grows_to_half_a_minute(group):
    pauses = pauses_of(group.add("broken", "false"), [0] * 9)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_one_that_lived_long_starts_again_soon(group):
    pauses = pauses_of(group.add("broken", "false"), [0, 0, 0, 11, 0])
    assert pauses == [0.5, 1, 2, 0.5, 1]


@pytest.mark.slow
def test_the_children_of_a_killed_process_end_too(group, tmp_path):
    process = group.add("parent", "sh -c 'sleep 60 & echo $! > child; wait'")
    child = tmp_path / "child"
    watch_until(group, lambda: child.exists() and child.read_text().endswith("\n"))
    grandchild = int(child.read_text())
    os.kill(process.popen.pid, signal.SIGKILL)
    watch_until(group, lambda: not os.path.exists(f"/proc/{grandchild}"))


# A process whose child ends when its standard input does.
LASTING = """
import os, sys, time
def main():
    if os.fork() == 0:
        sys.stdin.read()
        open("over", "w").close()
        os._exit(0)
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.skipif(not parent_death.IS_LINUX, reason="elsewhere nothing is handed over")
def test_what_outlives_a_process_that_hands_over_works_on_for_a_while(group, tmp_path, monkeypatch):
    monkeypatch.setattr("digitsite.supervisor.process_group.HANDOVER_SECONDS", 2)
    (tmp_path / "lasting.py").write_text(LASTING)
    monkeypatch.syspath_prepend(tmp_path)
    process = group.add("web", ["lasting"])
    first = process.popen.pid
    time.sleep(0.2)
    os.kill(first, signal.SIGKILL)
    watch_until(group, lambda: process.popen.pid != first)
    assert not (tmp_path / "over").exists()
    watch_until(group, lambda: (tmp_path / "over").exists())
    assert not process.has_ended()


def test_stopping_asks_first_and_kills_what_ignores_it(group, tmp_path, monkeypatch):
    monkeypatch.setattr("digitsite.supervisor.process_group.SECONDS_TO_STOP", 0.5)
    obeys = group.add("obeys", "sh -c 'trap \"echo bye > said; exit 0\" TERM; sleep 9 & wait'")
    ignores = "sh -c 'trap \"\" TERM; touch there; while true; do sleep 0.1; done'"
    stubborn = group.add("stubborn", ignores)
    watch_until(group, lambda: (tmp_path / "there").exists())
    group.stop(at_once=lambda: False)
    assert (tmp_path / "said").read_text() == "bye\n"
    assert obeys.popen.returncode == 0
    assert stubborn.popen.returncode == -signal.SIGKILL


def test_all_that_it_prints_is_in_its_log(group, tmp_path):
    group.add("talks", "sh -c 'trap \"echo bye; exit\" TERM; seq 20000; sleep 9 & wait'")
    file = tmp_path / "log" / "talks.log"
    watch_until(group, lambda: "\n20000\n" in file.read_text())
    group.stop(at_once=lambda: False)
    assert file.read_text().split() == [*map(str, range(1, 20001)), "bye"]


def test_only_what_matters_reaches_the_terminal(tmp_path, capsys):
    log = Log(tmp_path / "web.log")
    lines = (
        b"2026-01-31 12:00:00,000 INFO django: fine\n"
        b"2026-01-31 12:00:00,000 ERROR django.request: Internal Server Error: /\n"
        b"[2026-01-31 12:00:00,000: ERROR/MainProcess] consumer: Cannot connect\n"
    )
    log.copy(io.BytesIO(lines))
    assert (tmp_path / "web.log").read_bytes() == lines
    told = capsys.readouterr().out.splitlines()
    assert [line[:24] for line in told] == ["web | 2026-01-31 12:00:0", "web | [2026-01-31 12:00:"]


def test_a_log_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "MOST_BYTES", 1000)
    log = Log(tmp_path / "web.log")
    log.copy(io.BytesIO(b"".join(b"line %d of many\n" % number for number in range(200))))
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["web.log", "web.log.1"]
    assert all(file.stat().st_size <= 1100 for file in files)
    assert "line 199 " in files[0].read_text() + files[1].read_text()


def test_of_a_long_line_the_beginning_is_kept(tmp_path, capsys):
    line = b"2026-01-31 12:00:00,000 WARNING django.request: Not Found: /%s/\n" % (b"a" * 60_000)
    Log(tmp_path / "web.log").copy(io.BytesIO(line))
    kept = (tmp_path / "web.log").read_text()
    assert kept == line.decode()[:1000] + " ...\n"
    assert capsys.readouterr().out == f"web | {kept}"


def test_a_full_disk_stops_nobody_and_is_told_once(group, tmp_path, capsys):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "talks.log").symlink_to("/dev/full")
    process = group.add("talks", "sh -c 'seq 20000; echo done > done; sleep 9'")
    watch_until(group, lambda: (tmp_path / "done").exists())
    assert not process.has_ended()
    said = capsys.readouterr().out
    assert said.count("talks.log cannot be written: [Errno 28] No space left on device") == 1


def test_the_procfile_names_what_the_site_consists_of(settings):
    commands = procfile(settings.BASE_DIR / "Procfile")
    assert list(commands) == ["web", "recognition", "background", "beat"]
    assert commands["web"].endswith("python -m digitsite.processes.web")


# Eight threads that read pictures of up to 20 MB; prints the megabytes that are left.
READING = """
import random, threading
from digitsite.processes import web
web.return_freed_memory()
def read(seed):
    size = random.Random(seed).randint
    for _ in range(20):
        pictures = [b"1" * size(200_000, 20_000_000) for _ in range(3)]
threads = [threading.Thread(target=read, args=[seed]) for seed in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
status = open("/proc/self/status").read()
print(int(status.partition("VmRSS:")[2].split()[0]) / 1000)
"""


@pytest.mark.slow
@pytest.mark.skipif(not parent_death.IS_LINUX, reason="only glibc's malloc is told to")
def test_the_web_server_gives_memory_back_once_pictures_are_read():
    printed = subprocess.check_output([sys.executable, "-c", READING], cwd=ROOT)
    assert float(printed) < 60
