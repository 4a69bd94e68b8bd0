"""A rehearsal on a running site: people draw and label, the site trains, and the champions before
and after are compared.

`python -m training.rehearsal.story FILE ...`, which `manage.py rehearse` runs, uses the site that
the environment names; its broker and workers must be running.
"""

import argparse
import json
import os
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import django
import numpy as np
from tqdm import tqdm

from digitsite import parent_death
from training.ml.arrays import Images, Integers
from training.ml.data.stroke_files import LabelledStrokes, read
from training.rehearsal.cast import Cast, CastLabel, CastPlan, cast

ANSWERED_SECONDS = 120
RUN_SECONDS = 1800


@dataclass(frozen=True)
class Errors:
    """How many of `count` digits the champions before and after the run misread."""

    count: int
    before: int
    after: int

    def as_dict(self) -> dict[str, int]:
        return {
            "drawings": self.count,
            "errors_before": self.before,
            "errors_after": self.after,
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("drawings", type=Path)
    parser.add_argument("--parent", type=int, help="end when this process, our parent, ends")
    parser.add_argument("--writers", default="all")
    parser.add_argument("--json", action="store_true")
    for field in fields(CastPlan):
        kind = type(field.default)
        parser.add_argument(f"--{field.name}", type=kind, default=field.default)
    options = parser.parse_args()
    if options.parent is not None:
        parent_death.die_with(options.parent)
    plan = CastPlan(**{field.name: getattr(options, field.name) for field in fields(CastPlan)})
    parts = cast(read(options.drawings, chosen=options.writers), plan)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    django.setup()
    result = play(parts)
    print("\n".join(_sentences(result)))  # noqa: T201 - a program
    if options.json:
        print(json.dumps(result))  # noqa: T201


def play(parts: Cast) -> dict[str, Any]:
    """Draw and label as cast, train, and evaluate on the other writers' drawings and on MNIST.

    Raises TimeoutError.
    """
    before = _champion()
    corrections = _draw_and_label(parts)
    run = _train()
    after = _champion()
    return {
        "decision": run.state,
        "words": run.reason,
        "labels": parts.labels,
        "corrections": corrections,
        "set_aside": run.dataset.counts["set_aside"] if run.dataset else 0,
        "own": run.dataset.counts["own"] if run.dataset else 0,
        "seconds": round((run.ended_at - run.created_at).total_seconds()),
        "other_writers": _on_drawings(before, after, parts.others).as_dict(),
        "mnist": _on_mnist(before, after).as_dict(),
    }


def _champion() -> Any:
    from recognizer.models import ModelVersion

    return ModelVersion.objects.champion()


def _draw_and_label(parts: Cast) -> int:
    """Save everybody's drawings, wait for the answers, and label them. Returns how many of the
    labels were corrections."""
    from recognizer.models import Drawing

    labels = [(name, label) for name, mine in parts.labels_of.items() for label in mine]
    people = {name: _person(name) for name in parts.labels_of}
    drawn = [_draw(people[name], one) for name, one in tqdm(labels, desc="drawing", disable=None)]
    _wait_for_answers(len(drawn))
    answered = Drawing.objects.in_bulk([pk for pk, _ in drawn])
    for pk, label in tqdm(drawn, desc="labelling", disable=None):
        _label(answered[pk], label)
    return Drawing.objects.filter(outcome=Drawing.Outcome.WRONG).count()


def _person(name: str) -> Any:
    from recognizer.models import User

    return User.objects.create_user(f"rehearsal-{name}")


def _draw(person: Any, label: CastLabel) -> tuple[int, CastLabel]:
    from recognizer.services import saving

    drawing, _ = saving.keep_strokes(owner=person, strokes=label.drawing.strokes)
    return drawing.pk, label


def _wait_for_answers(count: int) -> None:
    """Return when `count` drawings are answered. Raises TimeoutError."""
    from recognizer.models import Drawing

    until = time.monotonic() + ANSWERED_SECONDS
    while Drawing.objects.filter(answer__isnull=False).count() < count:
        if time.monotonic() > until:
            raise TimeoutError(f"Workers did not answer {count} drawings in {ANSWERED_SECONDS} s.")
        time.sleep(0.2)


def _label(drawing: Any, label: CastLabel) -> None:
    from recognizer.services import labelling

    labelling.label(drawing=drawing, author=drawing.owner, digit=label.digit)


def _train() -> Any:
    """Trigger a run and wait for its end. Raises TimeoutError."""
    from training.models import TrainingRun
    from training.runs import lifecycle

    run = lifecycle.trigger(trigger=TrainingRun.Trigger.COMMAND)
    until = time.monotonic() + RUN_SECONDS
    with tqdm(desc="training", disable=None) as bar:
        while not run.is_over:
            if time.monotonic() > until:
                raise TimeoutError(f"{run} did not end in {RUN_SECONDS} s.")
            time.sleep(0.5)
            run.refresh_from_db()
            bar.total, bar.n = run.steps or None, run.step
            bar.set_description(run.phase or run.state)
    return run


def _on_drawings(before: Any, after: Any, drawings: list[LabelledStrokes]) -> Errors:
    labels = np.array([one.digit for one in drawings])
    return Errors(
        count=len(drawings),
        before=_misread(before, _pictures(drawings, before.ink_version), labels),
        after=_misread(after, _pictures(drawings, after.ink_version), labels),
    )


def _on_mnist(before: Any, after: Any) -> Errors:
    from django.conf import settings

    from training.ml.data import mnist

    data = mnist.load(settings.VAR / "mnist")
    return Errors(
        count=len(data.test_labels),
        before=_misread(before, data.test_images, data.test_labels),
        after=_misread(after, data.test_images, data.test_labels),
    )


def _pictures(drawings: list[LabelledStrokes], version: int) -> Images:
    from recognizer.ink import rasterize

    return np.stack([rasterize.from_strokes(one.strokes, version=version) for one in drawings])


def _misread(version: Any, pictures: Images, labels: Integers) -> int:
    """How many most probable digits are wrong, whether or not the site would abstain."""
    from training.ml.network.onnx_reader import Reader

    predictions = Reader(bytes(version.onnx.content)).read(pictures)
    return int((predictions.digits != labels).sum())


def _sentences(result: dict[str, Any]) -> list[str]:
    others, own = result["other_writers"], result["mnist"]
    return [
        f"{result['labels']} labels, {result['corrections']} of them corrections; "
        f"{result['set_aside']} were set aside.",
        f"The run was {result['decision']} after {result['seconds']} s. {result['words']}",
        f"Other writers: {others['errors_before']} of {others['drawings']} wrong before, "
        f"{others['errors_after']} after.",
        f"MNIST: {own['errors_before']} of {own['drawings']} wrong before, "
        f"{own['errors_after']} after.",
    ]


if __name__ == "__main__":
    main()
