"""Trains a network on MNIST, measures it, writes its files, and registers it."""

from __future__ import annotations

import json
import logging
import os
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandError
from safetensors import SafetensorError
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from recognizer import registry
from recognizer.inference.percentages import percent, points
from recognizer.ink import rasterize
from recognizer.management.database import DatabaseCommand
from recognizer.models import ModelVersion
from training.ml.data import mnist
from training.ml.report import model_card

# torch takes seconds to import, and neither --help nor a missing MNIST needs it.
if TYPE_CHECKING:
    from training.ml.fit.trainer import Progress
    from training.ml.network.architectures import Network
    from training.ml.pretraining.pretrain import PretrainedModel
    from training.ml.pretraining.recipes import TrainingPlan


class Command(DatabaseCommand):
    help = "Trains a network on MNIST, measures it, writes its files, and registers it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=_positive, default=1)
        parser.add_argument(
            "--plan",
            default="short",
            help="short (ten minutes), long (an hour) or student (an hour and a half)",
        )
        parser.add_argument(
            "--teacher",
            type=Path,
            metavar="FILE",
            help="a student’s: safetensors (default: trained first)",
        )
        parser.add_argument("--epochs", type=_positive, help="other than the plan’s")
        parser.add_argument("--architecture", help="other than the plan’s")
        parser.add_argument(
            "--ink-version",
            type=int,
            choices=sorted(rasterize.VERSIONS),
            help=f"the preprocessing to train for ({rasterize.DEFAULT_VERSION})",
        )
        parser.add_argument("--data", type=Path, help="MNIST’s folder (default: mnist under var)")
        parser.add_argument("--output", type=Path, help="for files, card and charts")
        parser.add_argument("--card", type=Path, help="the card (default: in the output)")
        parser.add_argument("--limit", type=_positive, help="use so many images: a quick try")
        parser.add_argument("--threads", type=_positive, help="torch’s threads")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = mnist.get(options["data"] or settings.VAR / "mnist")
        except mnist.MnistUnavailable as error:
            raise CommandError(str(error)) from error
        output = options["output"] or settings.VAR / "baseline"
        kept = output / "checkpoint.pt"
        baseline = train(data, options, kept)
        write(baseline, output=output, card_file=options["card"] or output / "model-card.md")
        version = registry.register(
            onnx=baseline.artifacts.onnx,
            safetensors=baseline.artifacts.safetensors,
            manifest=baseline.manifest,
            origin=ModelVersion.Origin.TRAINED,
        )
        # Not earlier: an hour's work must not be lost to a full disk.
        kept.unlink(missing_ok=True)
        self.stdout.write(table(baseline))
        self.stdout.write(f"Files in {output}. Version {version.pk}, {version.alias or 'kept'}.")


def train(data: mnist.Mnist, options: dict[str, Any], kept: Path) -> PretrainedModel:
    """The training itself, with a bar of loss and accuracy on a terminal. It goes on where the same
    command was stopped."""
    # OpenMP's threads spin while they wait, unless told before torch starts them: beside a
    # running site, on two cores, that makes a step four times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # The exporter logs every step of its own, a hundred lines long, at INFO.
    for name in ("onnx_ir", "onnxscript"):
        logging.getLogger(name).setLevel(logging.WARNING)
    import torch

    from training.ml.pretraining import pretrain
    from training.ml.pretraining.checkpoint import CheckpointFile

    plan = chosen_plan(options)
    version = options["ink_version"] or rasterize.DEFAULT_VERSION
    of = f"{replace(plan, polish=None)}, {options['limit']}, ink version {version}"
    checkpoint = CheckpointFile(kept, of=of)
    if options["threads"]:
        torch.set_num_threads(options["threads"])
    teacher = _teacher(plan.teacher, data, options, kept) if plan.teacher else None
    bar = tqdm(unit="step", disable=None, dynamic_ncols=True)
    with bar, logging_redirect_tqdm():
        return pretrain.make(
            data,
            plan=plan,
            version=version,
            limit=options["limit"],
            command=_command(options),
            on_step=lambda progress: _show(bar, progress),
            checkpoint=checkpoint,
            teacher=teacher,
        )


def _teacher(plan: str, data: mnist.Mnist, options: dict[str, Any], kept: Path) -> Network:
    """The network that a plan named, to learn from: of --teacher, or trained first and kept beside
    the checkpoint."""
    from training.ml.network import onnx_export
    from training.ml.pretraining.recipes import PLANS

    architecture = PLANS[plan].architecture
    file = options["teacher"] or kept.with_name("teacher.safetensors")
    if not options["teacher"] and not file.exists():
        own = options | {"plan": plan, "architecture": None, "epochs": None}
        trained = train(data, own, kept.with_name("teacher.pt"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(trained.artifacts.safetensors)
    try:
        return onnx_export.from_safetensors(architecture, file.read_bytes())
    except (OSError, RuntimeError, SafetensorError) as error:
        raise CommandError(f"{file} holds no teacher: {error}") from error


def chosen_plan(options: dict[str, Any]) -> TrainingPlan:
    """The plan that the options name, with what they say otherwise."""
    from training.ml.network import architectures
    from training.ml.pretraining import recipes

    known = {"plan": [*recipes.PLANS], "architecture": [*architectures.ARCHITECTURES]}
    for name, ones in known.items():
        if options[name] not in [None, *ones]:
            raise CommandError(f"--{name} is one of {', '.join(ones)}.")
    plan = recipes.PLANS[options["plan"]]
    epochs = options["epochs"] or plan.recipe.epochs
    return replace(
        plan,
        recipe=replace(plan.recipe, epochs=epochs, seed=options["seed"]),
        architecture=options["architecture"] or plan.architecture,
    )


def write(baseline: PretrainedModel, *, output: Path, card_file: Path) -> None:
    """The three files of the version into `output`, the card and its charts where it belongs."""
    from training.ml.report import figures

    output.mkdir(parents=True, exist_ok=True)
    (output / "model.onnx").write_bytes(baseline.artifacts.onnx)
    (output / "model.safetensors").write_bytes(baseline.artifacts.safetensors)
    (output / "model.json").write_text(json.dumps(baseline.manifest, indent=2) + "\n")
    pictures = card_file.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    (pictures / "curves.png").write_bytes(figures.curves(baseline.history))
    (pictures / "confusion.png").write_bytes(figures.confusion(baseline.test))
    (pictures / "reliability.png").write_bytes(figures.reliability(baseline.test))
    card_file.write_text(model_card.write(baseline.manifest, charts=pictures.name))


def table(baseline: PretrainedModel) -> str:
    """The figures that matter, for a terminal."""
    metrics = baseline.manifest["metrics"]
    detection = metrics["is_digit"]
    rows = [f"{'':12}{'digits':>8}{'right, %':>10}{'wrong':>7}{'ECE':>8}{'NLL':>8}"]
    for name in ("validation", "test"):
        one = metrics[name]
        rows.append(
            f"{name:12}{one['count']:>8}{points(one['accuracy']):>10}{one['errors']:>7}"
            f"{one['ece']:>8.4f}{one['nll']:>8.4f}"
        )
    rows.append(
        f"is_digit accepts {percent(detection['digits_accepted'], 2)} of the test digits, "
        f"{percent(detection['others_accepted'], 2)} of made non-digits "
        f"(AUROC {detection['auroc']:.4f})"
    )
    return "\n".join(rows)


def _show(bar: tqdm, progress: Progress) -> None:
    bar.total = progress.steps
    bar.set_postfix(loss=f"{progress.loss:.3f}", right=f"{progress.accuracy:.3f}", refresh=False)
    bar.set_description(f"epoch {progress.epoch}", refresh=False)
    # Each course counts from one; what was stopped goes on in the middle.
    bar.update(progress.step - bar.n)


def _command(options: dict[str, Any]) -> str:
    # Built from what was meant, not from sys.argv: that holds this machine's paths.
    names = ("plan", "seed", "epochs", "architecture", "ink_version", "limit", "threads")
    given = {name: options[name] for name in names if options[name] is not None}
    words = [f"--{name.replace('_', '-')} {value}" for name, value in given.items()]
    return " ".join(["python manage.py train_baseline", *words])


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)
