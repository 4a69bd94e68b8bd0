"""Starts a training run, and waits for its end if asked to."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from time import sleep
from typing import Any

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder

from recognizer.management.database import DatabaseCommand
from training.api.serializers import RunDetailSerializer
from training.models import TrainingRun
from training.runs import lifecycle

State = TrainingRun.State
LOOKS_APART = 0.5
INTERRUPTED = 130


class Command(DatabaseCommand):
    help = (
        "Asks a training worker for a run. With --wait the exit code says how it ended: 0 if it "
        "was promoted, rejected or skipped, 1 if it failed or was cancelled. Ctrl-C ends the "
        "waiting, not the run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="show its phases until it is over")
        parser.add_argument("--json", action="store_true", help="print the run as the last line")

    def handle(self, *args: Any, wait: bool, **options: Any) -> None:
        run = lifecycle.trigger(trigger=TrainingRun.Trigger.COMMAND)
        if wait:
            run = self._wait(run)
        if options["json"]:
            fields = RunDetailSerializer(run).data
            self.stdout.write(json.dumps(fields, cls=DjangoJSONEncoder))
        elif run.state not in (State.FAILED, State.CANCELLED):
            self.stdout.write(_sentence(run))
        if run.state in (State.FAILED, State.CANCELLED):
            raise CommandError(_sentence(run), returncode=1)

    def _wait(self, run: TrainingRun) -> TrainingRun:
        shown = ""
        try:
            while not run.is_over:
                sleep(LOOKS_APART)
                run = TrainingRun.objects.get(pk=run.pk)
                if run.phase and run.phase != shown:
                    shown = run.phase
                    self.stderr.write(f"Run {run.pk}: {shown}.", self.style.NOTICE)
        except KeyboardInterrupt:
            self.stderr.write(f"Run {run.pk} goes on; nobody waits for it here any more.")
            sys.exit(INTERRUPTED)
        return run


def _sentence(run: TrainingRun) -> str:
    verb = "was" if run.is_over else "is"
    verb = "has" if run.state == State.FAILED else verb
    return f"Run {run.pk} {verb} {run.state}. {run.reason}".strip()
