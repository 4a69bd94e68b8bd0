"""Runs the whole site on one machine: `python -m digitsite.supervisor`, or `make run`.

It starts a broker (unless REDIS_URL names one), prepares the site, starts the Procfile's processes,
restarts those that end, and stops all of them when asked to. On Linux they all end with it, however
it ends: digitsite.parent_death.
"""

import argparse
import fcntl
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TextIO

from django.conf import settings

from digitsite import parent_death
from digitsite.config import start_errors
from digitsite.logs import say
from digitsite.processes import web
from digitsite.supervisor import broker, forks
from digitsite.supervisor.process_group import Command, ProcessGroup, how, kill_group, start
from digitsite.supervisor.readiness import Readiness
from digitsite.supervisor.stop_signals import StopSignals

ROOT = Path(__file__).resolve().parents[2]
# These start first, since people wait for them; the others start once they answer, or if they are
# slow.
FIRST = ["web", "recognition"]
TICK = 0.1
BROKER_SECONDS = 5.0


def main() -> None:
    """Runs until it is told to stop. Exit code 1, after one line that gives the reason, if it
    cannot."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    parser = argparse.ArgumentParser(description="Runs the whole site on this machine.")
    parser.add_argument("--parent", type=int, help="stop when this process, our parent, ends")
    parent = parser.parse_args().parent
    signals = StopSignals()
    if parent is not None:
        parent_death.die_with(parent, signal.SIGTERM)
    with start_errors.in_one_line(broker.NoBroker):
        _run(signals)


def _run(signals: StopSignals) -> None:
    os.chdir(ROOT)
    options = web.options()
    with _lock(settings.VAR):
        _check_port(options)
        group = ProcessGroup(settings.VAR / "log")
        try:
            _start_broker(group)
            if parent_death.IS_LINUX:
                forks.preload()
            _prepare(signals)
            _serve(group, options, signals)
        finally:
            group.stop(at_once=lambda: signals.count > 1)


def _lock(var: Path) -> TextIO:
    """Makes this the folder's only supervisor until the file is closed or this process ends."""
    try:
        file = (var / "lock").open("a+")
        for folder in (var / "log", settings.STATIC_ROOT):  # WhiteNoise warns without the latter
            folder.mkdir(exist_ok=True)
    except PermissionError as error:
        sys.exit(f"Cannot start: {error}")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        sys.exit(f"Cannot start: A site runs on {var} already, process {file.read()}.")
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _check_port(options: web.Options) -> None:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((options.host, options.port))
    except OSError as error:
        where = f"{options.address} cannot be listened on ({error.strerror})."
        sys.exit(f"Cannot start: {where} Choose another: PORT=8001 make run.")


def _start_broker(group: ProcessGroup) -> None:
    if settings.REDIS_URL:
        broker.wait(settings.REDIS, seconds=0)
    else:
        broker.set_damaged_file_aside(settings.VAR)
        group.add("broker", broker.command(address=settings.BROKER_SOCKET, folder=settings.VAR))
        broker.wait(settings.REDIS, seconds=BROKER_SECONDS)


def _prepare(signals: StopSignals) -> None:
    """Runs the bootstrap. Exits if it fails, for which it prints the reason, or if a signal stops
    it."""
    command = _fastest("python -m digitsite.supervisor.bootstrap")
    bootstrap = start(command, "bootstrap", output=False)
    while bootstrap.poll() is None and not signals.count:
        time.sleep(TICK)
    kill_group(bootstrap)
    if signals.count:
        sys.exit(128 + signals.last)
    if bootstrap.returncode < 0:
        sys.exit(f"Cannot start: The preparation was {how(bootstrap.returncode)}.")
    if bootstrap.returncode:
        sys.exit(bootstrap.returncode)


def _serve(group: ProcessGroup, options: web.Options, signals: StopSignals) -> None:
    commands = {name: _fastest(line) for name, line in procfile(ROOT / "Procfile").items()}
    for name in FIRST:
        group.add(name, commands.pop(name))
    readiness = Readiness(options)
    while not signals.count:
        time.sleep(TICK)
        group.watch()
        if readiness.becomes_ready():
            say(f"Ready: http://{options.address} (Ctrl-C stops it).")
        if commands and readiness.is_slow:
            say(f"The site is not ready yet: {readiness.missing}. See {group.logs}.")
        while commands and (readiness.is_slow or not readiness.missing):
            group.add(*commands.popitem())
    say("Stopping ...")


def _fastest(command: str) -> Command:
    return forks.module_and_arguments(command) if parent_death.IS_LINUX else command


def procfile(path: Path) -> dict[str, str]:
    """A Procfile's commands by name."""
    lines = [line.partition(":") for line in path.read_text().splitlines() if line.strip()]
    return {name.strip(): command.strip() for name, _, command in lines}


if __name__ == "__main__":
    main()
