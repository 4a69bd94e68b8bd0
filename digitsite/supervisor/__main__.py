"""Runs the whole site on one machine: `python -m digitsite.supervisor`, or `make run`.

It prepares what is not there yet, starts a broker (unless REDIS_URL names one) and the processes
of the Procfile, starts again what ends, and stops them all when it is told to. However it ends,
they end too: digitsite.parent_death.
"""

import argparse
import fcntl
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError

from digitsite import web
from digitsite.logs import say
from digitsite.supervisor import broker
from digitsite.supervisor.process import procfile
from digitsite.supervisor.process_group import Crew
from digitsite.supervisor.stop_signals import Ear, Stopped

if TYPE_CHECKING:
    from digitsite.supervisor.readiness import Opening

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

ROOT = Path(__file__).resolve().parents[2]
# What people wait for starts first; the rest when that answers, or after PATIENCE seconds.
FIRST = ["web", "recognition"]
PATIENCE = 20.0
TICK = 0.1
BROKER_SECONDS = 5.0


class CannotStart(Exception):
    """Why, in one line for a person."""


def main() -> None:
    """Runs until it is told to stop. Exit code 1, after one line that says why, if it cannot."""
    parser = argparse.ArgumentParser(description="Runs the whole site on this machine.")
    parser.add_argument("--parent", type=int, help="stop when this process, our parent, ends")
    ear = Ear(parser.parse_args().parent)
    try:
        _run(ear)
    except (CannotStart, ImproperlyConfigured, broker.NoBroker) as error:
        sys.exit(f"Cannot start: {error}")
    except Stopped:
        sys.exit(130)


def _run(ear: Ear) -> None:
    options = web.options()
    var = _settle()
    lock = _lock(var)
    _check_port(options)
    crew = Crew(cwd=ROOT, logs=var / "log")
    try:
        _start_broker(crew)
        _prepare()
        ear.raises = False
        _serve(crew, options, ear)
    finally:
        crew.stop(at_once=ear.is_told_twice)
        lock.close()


def _settle() -> Path:
    """Reads the settings; returns the folder of the site's state."""
    try:
        return Path(settings.VAR)
    except OSError as error:
        raise CannotStart(f"The folder for the site's state cannot be used: {error}") from error


def _lock(var: Path) -> TextIO:
    """Held by one site a folder; the kernel lets go of it when we end, however."""
    file = (var / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise CannotStart(f"A site runs on {var} already, process {file.read()}.") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _check_port(options: web.Options) -> None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        where = f"{options.host}:{options.port}"
        raise CannotStart(
            f"{where} cannot be listened on ({error.strerror}). Choose another: PORT=8001 make run."
        ) from error


def _start_broker(crew: Crew) -> None:
    if settings.REDIS_URL:
        broker.wait(settings.REDIS, seconds=0)
        return
    command = broker.command(address=settings.BROKER_SOCKET, folder=settings.VAR)
    crew.add("broker", command)
    broker.wait(settings.REDIS, seconds=BROKER_SECONDS)


def _prepare() -> None:
    django.setup()
    from digitsite.supervisor import bootstrap  # its models can be imported only now

    try:
        bootstrap.prepare()
    except CommandError as error:
        raise CannotStart(str(error)) from error


def _serve(crew: Crew, options: web.Options, ear: Ear) -> None:
    from digitsite.supervisor.readiness import Opening

    commands = procfile(ROOT / "Procfile")
    for name in FIRST:
        crew.add(name, commands.pop(name), shows_output=name == "web")
    opening = Opening(options)
    while not ear.is_told_to_stop():
        crew.watch(TICK)
        if opening.look():
            say(f"Ready: http://{options.host}:{options.port} (Ctrl-C stops it).")
        if commands and opening.is_over(PATIENCE):
            _start_the_rest(crew, commands, opening)
    say("Stopping ...")


def _start_the_rest(crew: Crew, commands: dict[str, str], opening: "Opening") -> None:
    if not opening.is_ready:
        say(f"The site is not ready yet: {opening.reason}. More is told in {crew.logs}.")
    for name, command in commands.items():
        crew.add(name, command)
    commands.clear()


if __name__ == "__main__":
    main()
