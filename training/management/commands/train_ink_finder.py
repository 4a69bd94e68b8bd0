"""Trains the network that finds ink in pictures, and writes its file."""

from __future__ import annotations

import hashlib
import logging
import os
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recognizer.ink.ink_finder import FILE
from training.ml.data import mnist
from training.ml.pictures.writing import Digits

# torch takes seconds to import, and neither --help nor a missing MNIST needs it.
if TYPE_CHECKING:
    from training.ml.pretraining.ink_finder import FinderProgress


class Command(BaseCommand):
    help = (
        "Trains the network that finds ink in pictures. A file that differs from the one that "
        "ships is for a new ink version: a version never changes."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, help="MNIST’s folder (default: mnist under var)")
        parser.add_argument("--output", type=Path, help=f"(default: {FILE.name} under var)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--chunks", type=int, help="a quick try: so many times 256 pictures")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = mnist.get(options["data"] or settings.VAR / "mnist")
        except mnist.MnistUnavailable as error:
            raise CommandError(str(error)) from error
        output = options["output"] or settings.VAR / FILE.name
        content = train(data, seed=options["seed"], chunks=options["chunks"])
        output.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        self.stdout.write(f"{output}: {len(content):,} bytes, SHA-256 {digest}")


def train(data: mnist.Mnist, *, seed: int, chunks: int | None) -> bytes:
    """The ONNX file of a network trained on MNIST's digits that training may see."""
    # OpenMP's threads spin while they wait, unless told before torch starts them.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for name in ("onnx_ir", "onnxscript"):
        logging.getLogger(name).setLevel(logging.WARNING)
    from training.ml.data.split import split
    from training.ml.network.ink_finder import export
    from training.ml.pretraining import ink_finder

    parts = split(data)
    plan = ink_finder.Plan(seed=seed)
    if chunks:
        plan = replace(plan, chunks=chunks)
    with tqdm(total=plan.chunks, unit=" chunks", disable=None) as bar:

        def show(progress: FinderProgress) -> None:
            bar.set_postfix(loss=f"{progress.loss:.3f}", refresh=False)
            bar.update()

        return export(
            ink_finder.train(Digits(parts.images, parts.labels), plan=plan, on_chunk=show)
        )
