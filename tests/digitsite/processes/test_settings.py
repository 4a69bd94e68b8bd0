"""The Procfile's processes, started on their own: they say in one line which setting is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from digitsite.processes import web
from digitsite.supervisor.__main__ import procfile
from tests.stack import ROOT, SERVICES

pytestmark = pytest.mark.slow
WRONG = {
    "GATE_ALPHA=40": "GATE_ALPHA must be a number from 0.001 to 0.5, not '40'.",
    "WEB_THREADS=1": "WEB_THREADS must be a whole number from 2, not '1'.",
}


def started(command: str, var: Path, setting: str) -> subprocess.CompletedProcess:
    """The process that this line of the Procfile starts, once it has ended."""
    name, _, value = setting.partition("=")
    own = {key: text for key, text in os.environ.items() if key not in SERVICES}
    own |= {"PATH": f"{Path(sys.executable).parent}:{own['PATH']}", "VAR": str(var), name: value}
    own.pop("DJANGO_SETTINGS_MODULE", None)
    (var / "static").mkdir()  # as on a site that was prepared
    return subprocess.run(
        command.split(), cwd=ROOT, env=own, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("setting", WRONG)
@pytest.mark.parametrize(
    "command", [pytest.param(line, id=name) for name, line in procfile(ROOT / "Procfile").items()]
)
def test_a_process_says_in_one_line_which_setting_is_wrong(tmp_path, command, setting):
    done = started(command, tmp_path, setting)
    assert (done.returncode, done.stderr) == (1, f"Cannot start: {WRONG[setting]}\n")


def test_the_web_server_says_so_of_its_port_too(tmp_path):
    done = started(procfile(ROOT / "Procfile")["web"], tmp_path, "PORT=0")
    assert done.returncode == 1
    assert done.stderr == "Cannot start: PORT must be a whole number from 1 to 65535, not '0'.\n"


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "127.0.0.1:8000"), ("::", "[::]:8000")]
)
def test_an_address_is_said_as_in_a_url(host, address):
    assert web.Options(host=host, port=8000, workers=1, threads=2).address == address
