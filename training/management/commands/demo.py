"""Fills the site with people, drawings and labels to look at."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.utils.crypto import get_random_string
from tqdm import tqdm

from recognizer.answers import events
from recognizer.management.database import DatabaseCommand
from training.ml.data import mnist
from training.rehearsal import demo
from training.runs import schedule


class Command(DatabaseCommand):
    help = "Fills the site with people, drawings and labels to look at, made from MNIST."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--drawings", type=int, default=300)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--data", type=Path, help="MNIST's folder (default: mnist under var)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            events.check()
            data = mnist.get(options["data"] or settings.VAR / "mnist")
        except redis.RedisError as error:
            raise CommandError("Start the site first: its workers read the drawings.") from error
        except mnist.MnistUnavailable as error:
            raise CommandError(str(error)) from error
        schedule.never_by_labels()
        password = get_random_string(16)
        owners = demo.people(password)
        digits = demo.LabelledDigits(data.test_images, data.test_labels)
        filled = demo.fill(digits, owners=owners, count=options["drawings"], seed=options["seed"])
        kept = sum(
            1 for _ in tqdm(filled, total=options["drawings"], disable=None, unit=" drawings")
        )
        self.stdout.write(f"{kept} drawings by {', '.join(demo.NAMES)}; those new have the")
        self.stdout.write(f"password {password}")
        self.stdout.write(
            "New labels start no run from now on: start one on the page “Runs”, or choose when."
        )
