"""Runs a whole learning cycle on a temporary site."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recognizer import registry
from recognizer.ink.files import BadFile
from training.ml.data import mnist
from training.ml.data.stroke_files import WRITERS, read
from training.rehearsal.cast import CastPlan, cast

READY_SECONDS = 90
STOP_SECONDS = 15
# The environment variables that the rehearsal's site gets from the caller: no settings, so that a
# rehearsal is the same wherever it runs. The last says which instructions torch may use.
KEPT = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TERM|TMPDIR|SHELL|VIRTUAL_ENV|PYTHON.*|(DY)?LD_.*"
    r"|ATEN_CPU_CAPABILITY"
)


class Command(BaseCommand):
    help = (
        "Has some of a file’s writers draw and label on a site of its own, with its own database, "
        "broker and workers; trains; and measures the champion before and after on the others."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--drawings", type=Path, required=True, help="JSONL (.gz): label, strokes, writer"
        )
        parser.add_argument("--labels", type=_count, default=500, help="in all (500)")
        parser.add_argument("--seed", type=_count, default=1, help="who takes part, and what (1)")
        parser.add_argument(
            "--share",
            type=_share,
            default=2 / 3,
            help="of the writers takes part (2/3)",
        )
        parser.add_argument("--writers", choices=WRITERS, default="all", help="by their number")
        parser.add_argument("--wrong", type=_share, default=0.0, help="this share is mislabelled")
        parser.add_argument(
            "--hostile", type=_count, default=0, help="one more user mislabels so many drawings"
        )
        parser.add_argument(
            "--model",
            type=Path,
            default=settings.SHIPPED_MODEL,
            help="the folder of the model that the site begins with (the one that ships)",
        )
        parser.add_argument("--json", action="store_true", help="figures as JSON, the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = CastPlan(**{field.name: options[field.name] for field in fields(CastPlan)})
        try:
            cast(read(options["drawings"], chosen=options["writers"]), plan)
            registry.read_shipped(options["model"])
            mnist.get(settings.VAR / "mnist")
        except (BadFile, mnist.MnistUnavailable, registry.ShippedFilesDamaged) as error:
            raise CommandError(str(error)) from error
        # On SIGTERM too, it ends the processes it started and deletes the folder.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
            environment = _environment(Path(folder), model=options["model"])
            with _site(environment, log=Path(folder) / "site.log"):
                story = subprocess.run(
                    _story(options, plan),
                    env=environment,
                    cwd=settings.BASE_DIR,
                    check=False,
                )
        if story.returncode:
            raise CommandError("The rehearsal did not come to its end.")


def _environment(folder: Path, *, model: Path) -> dict[str, str]:
    """A separate site with its own database and broker, which trains only on request."""
    var = folder / "var"
    var.mkdir()
    (var / "mnist").symlink_to(settings.VAR / "mnist", target_is_directory=True)
    own = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
    return own | {
        "DJANGO_SETTINGS_MODULE": "digitsite.settings",
        "VAR": str(var),
        "PORT": str(_free_port()),
        "SHIPPED_MODEL": str(model.resolve()),
        "RETRAIN_AFTER_LABELS": "0",
        "LOG_LEVEL": "WARNING",
    }


def _story(options: dict[str, Any], plan: CastPlan) -> list[str]:
    words = [sys.executable, "-m", "training.rehearsal.story", str(options["drawings"].resolve())]
    # Told to end while it starts the story, it would not know of that. The story asks for this
    # itself: a preexec_fn makes fork call Python, where an exception of a signal's handler is lost.
    words += ["--parent", str(os.getpid())]
    words += ["--writers", options["writers"]]
    for name, value in asdict(plan).items():
        words += [f"--{name}", str(value)]
    return words + (["--json"] if options["json"] else [])


@contextmanager
def _site(environment: dict[str, str], *, log: Path) -> Iterator[None]:
    """The whole site, as `make run` starts it, meanwhile. Raises CommandError."""
    command = [sys.executable, "-m", "digitsite.supervisor", "--parent", str(os.getpid())]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, log)
        yield
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks the site to stop, and kills it if it does not; its processes end with it."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while "Ready: " not in log.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise CommandError(f"The site for the rehearsal does not start:\n{log.read_text()}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no whole number from 0 up")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ArgumentTypeError(f"{text!r} is no share between 0 and 1")
    return share
