"""Fills the site with people, drawings, labels and two training runs to look at."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.utils.crypto import get_random_string
from tqdm import tqdm

from recognizer.answers.stored import events
from recognizer.management.database import DatabaseCommand
from training.ml.data import mnist
from training.models import TrainingRun
from training.rehearsal import demo, recording
from training.runs import schedule

# How many days ago the runs ended: after the first chapter, and after the second.
RUNS = (10, 2)


class Command(DatabaseCommand):
    help = (
        "Fills a running site with a month of demonstration: people who draw and label, made from "
        "MNIST, and two training runs that were recorded on just these drawings, one of them "
        "promoted, one rejected."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--record", action="store_true", help="do the runs instead, minutes, and record them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            events.check()
            data = mnist.get(settings.VAR / "mnist")
        except redis.RedisError as error:
            raise CommandError("Start the site first: its workers read the drawings.") from error
        except mnist.MnistUnavailable as error:
            raise CommandError(str(error)) from error
        story = None if options["record"] else self._story()
        schedule.never_by_labels()
        # The gate tests on MNIST's test images: none of them may teach.
        digits = demo.LabelledDigits(data.train_images, data.train_labels)
        password = get_random_string(16)
        self._say(password, self._tell(digits, password, story))

    def _story(self) -> list[dict[str, Any]]:
        """The runs to replay; none where they do not belong into this site."""
        story = recording.read()
        try:
            recording.check(story)
        except recording.NotReplayed as reason:
            self.stdout.write(str(reason))
            return []
        return story

    def _tell(
        self, digits: demo.LabelledDigits, password: str, story: list[dict[str, Any]] | None
    ) -> list[TrainingRun]:
        """Draws, labels and replays the story's runs, or does and records them where it is None.
        Returns the runs."""
        owners = demo.people(password)
        drawn: list[int] = []
        runs: list[TrainingRun] = []
        total = sum(chapter.count for chapter in demo.CHAPTERS)
        with tqdm(total=total, disable=None, unit=" drawings", desc="A month") as bar:
            for place, chapter in enumerate(demo.CHAPTERS):
                for drawing in demo.fill(digits, owners=owners, chapter=chapter):
                    bar.update()
                    drawn.append(drawing.pk)
                if story is None and place < len(RUNS):
                    runs.append(recording.do_run())
                elif story and len(runs) == place < len(story):
                    runs += self._replayed(story[place], drawn, RUNS[place])
        if story is None:
            recording.write(runs, drawn)
        return runs

    def _replayed(self, recorded: Any, drawn: list[int], days_ago: int) -> list[TrainingRun]:
        try:
            return [recording.replay(recorded, drawn, days_ago=days_ago)]
        except recording.NotReplayed as reason:
            self.stdout.write(str(reason))
            return []

    def _say(self, password: str, runs: list[TrainingRun]) -> None:
        count = sum(chapter.count for chapter in demo.CHAPTERS)
        names = f"{', '.join(demo.NAMES[:-1])} and {demo.NAMES[-1]}"
        self.stdout.write(f"{count} drawings by {names} over {demo.DAYS} days.")
        self.stdout.write(f"Those who are new sign in with the password {password}")
        for run in runs:
            self.stdout.write(f"Run {run.pk} was {run.state}. {run.reason}")
        self.stdout.write(
            "New labels start no run from now on: start one on the “Runs” page, or choose when."
        )
