"""A fork runs a module as `python -m` would, and keeps nothing of the supervisor's."""

import json
import os
import subprocess
import sys

import pytest

from digitsite import parent_death
from digitsite.supervisor.forks import Fork, module_and_arguments
from digitsite.supervisor.process_group import kill_group

pytestmark = pytest.mark.skipif(not parent_death.IS_LINUX, reason="elsewhere nothing is forked")
MODULE = """
import os, signal, sys
from django.core.exceptions import ImproperlyConfigured
def main():
    match sys.argv[1]:
        case "tell":
            print(open("/proc/self/comm").read(), end="")
            print(sorted(os.listdir("/proc/self/fd"), key=int)[:-1])  # the last one is the folder
            print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, os.getpgrp() == os.getpid())
            print("and an error", file=sys.stderr)
        case "exit":
            sys.exit(3)
        case "refuse":
            raise ImproperlyConfigured("PORT must be a number.")
        case "ask":
            print(sys.stdin.read())
        case "stay":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("here")
            signal.pause()
"""


@pytest.fixture
def fork(tmp_path, monkeypatch):
    """Forks this process, which has signal handlers and an open file, as the supervisor has."""
    (tmp_path / "forked.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    with (tmp_path / "lock").open("w"):
        yield lambda act: Fork(["forked", act], "forked-one", output=True)


def test_it_has_a_name_and_a_group_and_no_open_file_of_its_parent(fork):
    child = fork("tell")
    lines = child.stdout.read().decode().splitlines()
    assert lines == ["forked-one", "['0', '1', '2']", "True True", "and an error"]
    child.wait()
    assert child.returncode == 0


def test_it_prints_though_the_supervisor_cannot_any_more(fork, monkeypatch, tmp_path):
    with (tmp_path / "other").open("w") as other:
        monkeypatch.setattr(sys, "stdout", other)
        monkeypatch.setattr(sys, "stderr", other)
        child = fork("tell")
    assert child.stdout.read().decode().splitlines()[-1] == "and an error"
    child.wait()
    assert child.returncode == 0


def test_its_exit_code_is_told(fork):
    child = fork("exit")
    child.wait()
    assert child.poll() == child.returncode == 3


def test_an_invalid_setting_is_one_line(fork):
    child = fork("refuse")
    assert child.stdout.read() == b"Cannot start: PORT must be a number.\n"
    child.wait()
    assert child.returncode == 1


def test_its_input_ends_when_the_pipe_is_closed(fork):
    first, second = fork("ask"), fork("ask")
    first.stdin.close()  # the other one does not hold it open
    assert first.stdout.read() == b"\n"
    second.stdin.close()
    second.wait()


def test_one_that_ignores_being_told_to_stop_is_killed(fork):
    child = fork("stay")
    assert child.stdout.readline() == b"here\n"
    child.terminate()
    assert child.poll() is None
    kill_group(child)
    assert child.returncode == -9


def test_what_a_command_names():
    assert module_and_arguments("python -m a.module one 'and two'") == [
        "a.module",
        "one",
        "and two",
    ]


UPGRADED = """
import json
from digitsite.supervisor import forks
forks.preload()
from django.conf import settings
names = {"version": "1.1", "paths": {"page.css": "page.new.css"}}
(settings.STATIC_ROOT / "staticfiles.json").write_text(json.dumps(names))
from django.contrib.staticfiles.storage import staticfiles_storage
print(staticfiles_storage.url("page.css"))
"""


def test_forks_know_what_was_collected_after_the_import(tmp_path):
    """An upgrade collects the static files once the supervisor has imported the site."""
    static = tmp_path / "static"
    static.mkdir(mode=0o700)
    names = {"version": "1.1", "paths": {"page.css": "page.old.css"}}
    (static / "staticfiles.json").write_text(json.dumps(names))
    for name in ("page.css", "page.old.css", "page.new.css"):
        (static / name).touch()
    environment = os.environ | {
        "VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "digitsite.settings",
    }
    command = [sys.executable, "-c", UPGRADED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout == "/static/page.new.css\n", done.stderr
