"""The Gradio app of the live benchmark: its virtual environment and its process."""

import contextlib
import os
import shutil
import subprocess
import venv
from pathlib import Path

from benchmarks.tools import servers

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
CLOSED = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}


def install(folder: Path) -> Path:
    """Create the virtual environment in `folder` unless it exists, and return its Python."""
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    if stamp.exists() and stamp.read_text() == REQUIREMENTS.read_text():
        return python
    print(f"Installing Gradio and torch into {folder}, only this time ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    more = os.environ.get("PIP_ARGS", "").split()
    subprocess.run([*pip, *more, "-r", str(REQUIREMENTS)], check=True)
    stamp.write_text(REQUIREMENTS.read_text())
    return python


def version() -> str:
    """The version of Gradio that the requirements pin."""
    lines = REQUIREMENTS.read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("gradio=="))


def running(python: Path, *, log: Path) -> contextlib.AbstractContextManager[servers.Server]:
    """The app, until the block ends."""
    port = servers.free_port()
    command = [str(python), str(HERE / "gradio_app.py"), str(port)]
    return servers.running(command, port=port, ready="/config", log=log, env=CLOSED)
