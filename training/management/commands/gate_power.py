"""Simulates how often the gate's rule "better" promotes, rightly and wrongly."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from training.ml.gate import power
from training.ml.gate.thresholds import GateThresholds


class Command(BaseCommand):
    help = "Simulates how often the gate promotes what is better, and what is not."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tries", type=int, default=300, help="simulated runs of each kind")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        for scenarios in (power.IMPROVED, power.NO_BETTER):
            lines = power.table(
                scenarios, GateThresholds(), tries=options["tries"], seed=options["seed"]
            )
            for line in lines:
                self.stdout.write(line)
            self.stdout.write("")
