"""Runs the whole site on one machine: `python -m digitsite.supervisor`, or `make run`.

It prepares what is not there yet, starts a broker (unless REDIS_URL names one) and the processes
of the Procfile, starts again what ends, and stops them all when it is told to. However it ends,
they end too: digitsite.lifeline.
"""

import argparse
import fcntl
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TextIO

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from digitsite import broker, web
from digitsite.crew import Crew
from digitsite.logs import say
from digitsite.processes import procfile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

ROOT = Path(__file__).resolve().parent.parent
# What people wait for starts first; the rest when that answers, or after PATIENCE seconds.
FIRST = ["web", "recognition"]
PATIENCE = 20.0
TICK = 0.1
BROKER_SECONDS = 5.0


class CannotStart(Exception):
    """Why, in one line for a person."""


class Stopped(BaseException):
    """A signal asked for the end while the site was still being prepared."""


class Ear:
    """Hears Ctrl-C, SIGTERM, the end of the terminal, and the death of the parent."""

    def __init__(self, parent: int | None) -> None:
        self.parent = parent
        self.signals = 0
        self.raises = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP: so it stays
                signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1
        if self.raises:
            raise Stopped

    def is_told_to_stop(self) -> bool:
        return self.signals > 0 or (self.parent is not None and os.getppid() != self.parent)

    def is_told_twice(self) -> bool:
        return self.signals > 1


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
    from digitsite import preparation  # its models can be imported only now
    from recognizer.registry import ShippedFilesDamaged

    try:
        preparation.prepare()
    except DatabaseError as error:
        first_line = str(error).partition("\n")[0]
        raise CannotStart(f"The database does not answer: {first_line}") from error
    except ShippedFilesDamaged as error:
        raise CannotStart(str(error)) from error


def _serve(crew: Crew, options: web.Options, ear: Ear) -> None:
    commands = procfile(ROOT / "Procfile")
    for name in FIRST:
        crew.add(name, commands.pop(name), shows_output=name == "web")
    _await_answers(crew, options, ear)
    for name, command in commands.items():
        crew.add(name, command)
    while not ear.is_told_to_stop():
        crew.watch(TICK)
    say("Stopping ...")


def _await_answers(crew: Crew, options: web.Options, ear: Ear) -> None:
    from digitsite import readiness

    until = time.monotonic() + PATIENCE
    while not ear.is_told_to_stop():
        crew.watch(TICK)
        if readiness.worker_answers() and readiness.web_answers(options):
            say(f"Ready: http://{options.host}:{options.port} (Ctrl-C stops it).")
            return
        if time.monotonic() > until:
            say("The site does not answer yet. What it does is in var/log.")
            return


if __name__ == "__main__":
    main()
