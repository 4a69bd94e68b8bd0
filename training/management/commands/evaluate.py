"""Measures a network, one table per call; training/ml/evaluation/benchmark.py explains them."""

from __future__ import annotations

import hashlib
import json
import logging
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from recognizer import registry
from recognizer.inference.classifier import ArtifactCorrupt, Classifier, Session, Thresholds
from recognizer.ink import files, rasterize
from recognizer.ink.files import BadFile
from recognizer.management.database import is_prepared
from recognizer.models import Artifact, ModelVersion
from training.ml.data import mnist, samples, stroke_files
from training.ml.data.samples import LabelledImage, LabelledImages
from training.ml.evaluation import benchmark, personal, pictures
from training.ml.evaluation.mnist_c import CORRUPTIONS
from training.ml.pictures.kinds import KINDS
from training.ml.pictures.writing import Digits
from training.ml.report import tables

# What a model is timed beside, not quantised. Random weights take the same time.
BESIDE = {"the network that shipped in floating point": "cnn-7", "a plain CNN": "cnn-5"}
# The shares of wrong labels for which personal reading is measured.
MISTAKEN = (0.0, 0.2)
# Errors that a person can correct: reported in one sentence.
PLAIN = (
    ArtifactCorrupt,
    BadFile,
    OSError,
    mnist.MnistUnavailable,
    registry.ShippedFilesDamaged,
)


class Command(BaseCommand):
    help = (
        "Measures the champion, or the shipped model where there is none, or --model: one table a "
        "call, on the terminal and with --json as a file."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        whats = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
        for what, (help_words, arguments, _) in MEASURES.items():
            one = whats.add_parser(what, help=help_words)
            one.add_argument("--model", type=Path, metavar="FILE", help="ONNX (the champion)")
            one.add_argument(
                "--ink-version",
                type=int,
                choices=sorted(rasterize.VERSIONS),
                default=rasterize.DEFAULT_VERSION,
                help="which one --model FILE was trained on (%(default)s)",
            )
            one.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
            for name in arguments:
                one.add_argument(name, **ARGUMENTS[name])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        try:
            if options["json"]:
                options["json"].touch()  # an unwritable file fails now, not after minutes
            model = _model(options["model"], options["ink_version"])
            job = Job(model, options)
            found, table = MEASURES[what][2](job)
            self.stdout.write(f"{model.name}, SHA-256 {model.sha256[:12]}\n\n{table}")
            if options["json"]:
                options["json"].write_text(json.dumps(_report(what, job, found), indent=2) + "\n")
        except PLAIN as error:
            raise CommandError(str(error)) from error


ARGUMENTS: dict[str, dict[str, Any]] = {
    "file": {"type": Path, "metavar": "FILE"},
    "--data": {"type": Path, "metavar": "FOLDER", "help": "MNIST’s (default: mnist under var)"},
    "--digits": {"type": Path, "metavar": "FILE", "required": True, "help": "strokes or images"},
    "--writers": {
        "choices": stroke_files.WRITERS,
        "default": "all",
        "help": "of strokes: whose number is odd or even (all)",
    },
    "--count": {"type": int, "default": 200, "help": "pictures of each kind (%(default)s)"},
    "--seed": {"type": int, "default": 1, "help": "which ones are made (%(default)s)"},
}


@dataclass(frozen=True)
class Model:
    """An exported file, what to call it, and the version of the ink that it takes."""

    name: str
    onnx: bytes
    ink_version: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.onnx).hexdigest()


def _model(file: Path | None, ink_version: int) -> Model:
    """The model to measure, checked to run; `ink_version` is the file's. Raises ArtifactCorrupt,
    OSError, ShippedFilesDamaged."""
    given = Model(file.name, file.read_bytes(), ink_version) if file else None
    found = given or _champion() or _shipped()
    Classifier(found.onnx, sha256=found.sha256)
    return found


def _champion() -> Model | None:
    """The database's champion, if there is one; a fresh clone has no tables yet."""
    if not is_prepared():
        return None
    version = ModelVersion.objects.champion()
    if version is None:
        return None
    onnx = Artifact.objects.values_list("content", flat=True).get(pk=version.onnx_id)
    return Model(f"The champion, version {version.pk}", bytes(onnx), version.ink_version)


def _shipped() -> Model:
    shipped = registry.read_shipped()
    return Model("The shipped model", shipped.onnx, shipped.manifest["ink_version"])


class Job:
    """The model at work, and what was asked for."""

    def __init__(self, model: Model, options: dict[str, Any]) -> None:
        self.model = model
        self.options = options
        self.session = Session(model.onnx, threads=0)
        self.thresholds = Thresholds(settings.LEAST_CONFIDENCE, settings.LEAST_IS_DIGIT)

    def mnist(self) -> mnist.Mnist:
        return mnist.get(self.options["data"] or settings.VAR / "mnist")

    def digits(self, file: Path) -> LabelledImages:
        """The digits of a file, of the writers that were asked for."""
        return self._samples(samples.digits, file)

    def others(self, file: Path) -> LabelledImages:
        return self._samples(samples.others, file)

    def _samples(self, read: Callable[..., Iterator[LabelledImage]], file: Path) -> LabelledImages:
        found = read(file, writers=self._writers(file), version=self.model.ink_version)
        return samples.collect(tqdm(found, unit=" drawings", disable=None, leave=False))

    def _writers(self, file: Path) -> str:
        # Images name no writers: all of them are taken.
        strokes = file.name.endswith(files.STROKES)
        return self.options.get("writers", "all") if strokes else "all"

    def named(self, file: Path) -> str:
        """A file's name, and which part of it is measured."""
        writers = self._writers(file)
        return file.name if writers == "all" else f"{file.name}, {writers} writers"


Table = tuple[dict[str, Any], str]


def _of_mnist(job: Job) -> Table:
    from training.ml.data.split import split  # torch takes seconds to import

    data = job.mnist()
    parts = split(data)
    sets = {
        "MNIST test": (data.test_images, data.test_labels),
        "MNIST validation": (parts.held_images, parts.held_labels),
    }
    found = {
        name: benchmark.read(job.session, samples.plain(*pair), job.thresholds)
        for name, pair in sets.items()
    }
    return {name: asdict(one) for name, one in found.items()}, tables.digits(found)


def _of_file(job: Job) -> Table:
    file = job.options["file"]
    found = benchmark.read(job.session, job.digits(file), job.thresholds)
    name = job.named(file)
    return {name: asdict(found)}, f"{tables.digits({name: found})}\n\n{tables.by_digit(found)}"


def _of_others(job: Job) -> Table:
    file, digits = job.options["file"], job.options["digits"]
    found = benchmark.non_digit_scores(
        job.session, job.digits(digits), job.others(file), job.thresholds
    )
    names = {"digits": job.named(digits), "others": job.named(file)}
    return {"names": names} | asdict(found), tables.others(
        found, names, threshold=job.thresholds.is_digit
    )


def _of_corruptions(job: Job) -> Table:
    data = job.mnist()
    clean = samples.plain(data.test_images, data.test_labels)
    found = {}
    for name in tqdm(CORRUPTIONS, unit=" corruptions", disable=None, leave=False):
        found[name] = benchmark.read_corrupted(
            job.session, clean, name, job.thresholds, version=job.model.ink_version
        )
    means = benchmark.means(found)
    written = {
        "mean": {way: asdict(one) for way, one in means.items()},
        "each": {name: asdict(one) for name, one in found.items()},
    }
    return written, tables.corrupted(found, means)


def _of_pictures(job: Job) -> Table:
    from training.ml.data.split import split

    parts = split(job.mnist())
    source = Digits(parts.held_images, parts.held_labels)
    classifier = Classifier(job.model.onnx, sha256=job.model.sha256, thresholds=job.thresholds)
    how = {"count": job.options["count"], "seed": job.options["seed"]}
    found = {
        kind: pictures.measure(classifier, source, kind, **how, version=job.model.ink_version)
        for kind in tqdm(KINDS, unit=" kinds", disable=None, leave=False)
    }
    return {kind: asdict(one) for kind, one in found.items()}, tables.pictures(found)


def _of_speed(job: Job) -> Table:
    # The exporter logs every step of its own, a hundred lines long, at INFO.
    for name in ("onnx_ir", "onnxscript"):
        logging.getLogger(name).setLevel(logging.WARNING)
    from training.ml.network import architectures, onnx_export

    models = {"this model": job.model.onnx} | {
        name: onnx_export.to_float(architectures.build(one)) for name, one in BESIDE.items()
    }
    found, starting = benchmark.speed(models), benchmark.starting(job.model.onnx)
    written = {name: asdict(one) for name, one in found.items()} | {"starting": starting}
    return written, tables.speed(found, starting=starting)


def _of_personal(job: Job) -> Table:
    writers = stroke_files.read(job.options["file"], chosen=job.options["writers"])
    read = {
        name: personal.read(job.session, mine, version=job.model.ink_version)
        for name, mine in tqdm(writers.items(), unit=" writers", disable=None, leave=False)
    }
    found = {share: personal.measure(read, wrong=share) for share in MISTAKEN}
    written = asdict(found[0.0]) | {"with_wrong_labels": asdict(found[MISTAKEN[-1]])}
    return written, tables.personal(found)


MEASURES = {
    "mnist": ("MNIST’s test and validation digits", ["--data"], _of_mnist),
    "corruptions": ("MNIST’s test digits in MNIST-C’s ways", ["--data"], _of_corruptions),
    "strokes": ("a .jsonl(.gz) of labelled digits", ["file", "--writers"], _of_file),
    "images": ("an .npz of images and labels", ["file"], _of_file),
    "personal": (
        "a .jsonl(.gz) of labelled digits, each writer correcting mistakes",
        ["file", "--writers"],
        _of_personal,
    ),
    "others": ("non-digits, told from digits", ["file", "--digits", "--writers"], _of_others),
    "pictures": (
        "pictures as people take them, made of MNIST’s validation digits",
        ["--data", "--count", "--seed"],
        _of_pictures,
    ),
    "speed": ("the time a digit, beside other networks'", [], _of_speed),
}


def _report(what: str, job: Job, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "what": what,
        "model": {"name": job.model.name, "sha256": job.model.sha256},
        "thresholds": asdict(job.thresholds),
        "figures": found,
    }
