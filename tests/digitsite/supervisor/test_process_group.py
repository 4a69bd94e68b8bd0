"""Processes are started again, later and later; what they print is kept within bounds."""

import os
import signal
import time

import pytest

from digitsite import logs
from digitsite.logs import Lines, Log
from digitsite.supervisor.process import Process, procfile
from digitsite.supervisor.process_group import Crew


@pytest.fixture
def crew(tmp_path):
    crew = Crew(cwd=tmp_path, logs=tmp_path / "log")
    yield crew
    crew.stop(at_once=lambda: True)


def watch_until(crew, condition, *, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        crew.watch(0.02)


def test_a_killed_process_starts_again(crew, capsys):
    process = crew.add("sleeper", "sleep 60")
    first = process.pid
    os.kill(first, signal.SIGKILL)
    watch_until(crew, lambda: process.pid not in (None, first))
    said = capsys.readouterr().out
    assert said.startswith("sleeper ended (killed by SIGKILL), starts again in 0.5 s.")
    assert said.count("\n") == 1


def test_one_that_fails_again_and_again_waits_longer_each_time(crew, capsys):
    crew.add("broken", "false")
    watch_until(crew, lambda: "starts again in 2 s" in capsys.readouterr().out)


def test_what_it_said_last_is_told(crew, capsys):
    crew.add("broken", "sh -c 'echo The disk is full. >&2; exit 3'")
    said = []
    watch_until(crew, lambda: said.append(capsys.readouterr().out) or any(said))
    line = "".join(said)
    assert "broken ended (exit code 3)" in line
    assert "It said: The disk is full." in line


def test_the_pause_grows_to_half_a_minute(tmp_path):
    process = Process("x", "true", log=tmp_path / "x.log", cwd=tmp_path)
    pauses = []
    for _ in range(9):
        process._started = time.monotonic()
        process._plan(1)
        pauses.append(round(process.due - time.monotonic(), 1))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_one_that_lived_long_starts_again_soon(tmp_path):
    process = Process("x", "true", log=tmp_path / "x.log", cwd=tmp_path)
    for _ in range(5):
        process._plan(1)
    process._started = time.monotonic() - 61
    process._plan(1)
    assert process.due - time.monotonic() < 0.6


def test_the_children_of_a_killed_process_end_too(crew, tmp_path):
    process = crew.add("parent", "sh -c 'sleep 60 & echo $! > child; wait'")
    child = tmp_path / "child"
    watch_until(crew, lambda: child.exists() and child.read_text().endswith("\n"))
    grandchild = int(child.read_text())
    os.kill(process.pid, signal.SIGKILL)
    watch_until(crew, lambda: not os.path.exists(f"/proc/{grandchild}"))


def test_stopping_tells_first_and_kills_what_does_not_listen(crew, tmp_path, monkeypatch):
    monkeypatch.setattr("digitsite.supervisor.process_group.SECONDS_TO_STOP", 0.5)
    listens = crew.add("listens", "sh -c 'trap \"echo bye > said; exit 0\" TERM; sleep 9 & wait'")
    deaf = crew.add("deaf", "sh -c 'trap \"\" TERM; touch deaf; while true; do sleep 0.1; done'")
    watch_until(crew, lambda: (tmp_path / "deaf").exists())
    crew.stop(at_once=lambda: False)
    assert (tmp_path / "said").read_text() == "bye\n"
    assert listens.popen.returncode == 0
    assert deaf.popen.returncode == -signal.SIGKILL


def test_only_what_matters_reaches_the_terminal(tmp_path, capsys):
    log = Log(tmp_path / "web.log")
    lines = (
        b"2026-01-31 12:00:00,000 INFO django: fine\n"
        b"2026-01-31 12:00:00,000 ERROR django.request: Internal Server Error: /\n"
        b"[2026-01-31 12:00:00,000: ERROR/MainProcess] consumer: Cannot connect\n"
    )
    log.write(lines, shown=False)
    assert (tmp_path / "web.log").read_bytes() == lines
    told = capsys.readouterr().out.splitlines()
    assert [line[:24] for line in told] == ["web | 2026-01-31 12:00:0", "web | [2026-01-31 12:00:"]


def test_a_log_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "MOST_BYTES", 1000)
    log = Log(tmp_path / "web.log")
    for number in range(200):
        log.write(f"line {number} of many\n".encode(), shown=False)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["web.log", "web.log.1"]
    assert all(file.stat().st_size <= 1100 for file in files)
    assert "line 199 " in files[0].read_text() + files[1].read_text()


def test_lines_are_whole_however_they_come():
    lines = Lines(shown=False)
    assert lines.whole(b"one\ntw") == b"one\n"
    assert lines.whole(b"o\n") == b"two\n"
    assert lines.whole(b"the rest") == b""
    assert lines.whole(b"") == b"the rest"


def test_the_procfile_names_what_the_site_consists_of(settings):
    commands = procfile(settings.BASE_DIR / "Procfile")
    assert list(commands) == ["web", "recognition", "training", "beat"]
    assert commands["web"] == "python -m digitsite.web"
