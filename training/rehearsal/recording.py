"""The demonstration's training runs: real ones, recorded once on its drawings, and replayed.

`manage.py demo --record` does the runs and writes RECORDED; `manage.py demo` puts them into a site
within a second. RECORDED names drawings by their position in the demonstration data, since their
ids differ from site to site.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from recognizer import registry
from recognizer.models import Label, ModelVersion
from training.datasets import revisions
from training.models import DatasetRevision, Promotion, Sample, TrainingRun
from training.rehearsal.demo import DAYS

RECORDED = Path(__file__).parent / "recorded"
STORY, ONNX, WEIGHTS = "runs.json", "promoted.onnx", "promoted.safetensors"
State = TrainingRun.State
Places = Callable[[int], int]
OTHERS = (
    "The demonstration’s drawings or labels are others here than the recorded runs’: it adds none."
)


class NotReplayed(Exception):
    """Why the recorded runs do not belong into this site, as a sentence."""


# Recording -------------------------------------------------------------------------------------


def do_run() -> TrainingRun:
    """A whole run, in this process: minutes."""
    from training.runs import worker
    from training.runs.steps import pipeline  # and torch, which a replay does not need

    made = TrainingRun.objects.create(
        trigger=TrainingRun.Trigger.DEMO,
        labels_until=Label.objects.order_by("-pk").values_list("pk", flat=True).first(),
        sent_at=timezone.now(),  # so that no worker is asked for it
    )
    worker.execute(made.pk, pipeline.work, uuid.uuid4())
    made.refresh_from_db()
    return made


def write(runs: Sequence[TrainingRun], drawings: Sequence[int], folder: Path = RECORDED) -> None:
    """Writes the runs, which were done on drawings with these ids, oldest first."""
    folder.mkdir(exist_ok=True)
    place = {pk: number for number, pk in enumerate(drawings)}
    story = [_recorded(run, place.__getitem__) for run in runs]
    (folder / STORY).write_text("[\n" + ",\n".join(map(json.dumps, story)) + "\n]\n")
    for run in runs:
        if run.state == State.PROMOTED and run.challenger:
            (folder / ONNX).write_bytes(bytes(run.challenger.onnx.content))
            (folder / WEIGHTS).write_bytes(bytes(run.challenger.weights.content))


def _recorded(run: TrainingRun, place: Places) -> dict[str, Any]:
    assert run.dataset and run.champion and run.challenger and run.ended_at
    samples = run.dataset.samples.values_list("drawing_id", "digit", "subset", "set_aside", "doubt")
    return {
        "state": run.state,
        "reason": run.reason,
        "seconds": round((run.ended_at - run.created_at).total_seconds()),
        "champion": run.champion.onnx_id,
        "decision": run.decision,
        "evidence": _renumbered(run.evidence, place),
        "curve": run.curve,
        "samples": [[place(pk), *rest] for pk, *rest in samples],
        "sources": run.dataset.counts["sources"],
        "learning_curve": run.dataset.counts["learning_curve"],
        "manifest": run.challenger.manifest,
    }


def _renumbered(evidence: dict[str, Any], number: Places) -> dict[str, Any]:
    """The evidence with the number of each drawing that it names replaced."""
    return evidence | {
        "fixed": [number(pk) for pk in evidence["fixed"]],
        "broken": [number(pk) for pk in evidence["broken"]],
        "said": {str(number(int(pk))): said for pk, said in evidence["said"].items()},
    }


# Replaying -------------------------------------------------------------------------------------


def read(folder: Path = RECORDED) -> list[dict[str, Any]]:
    """The recorded runs, oldest first."""
    story: list[dict[str, Any]] = json.loads((folder / STORY).read_text())
    return story


def check(story: Sequence[dict[str, Any]]) -> None:
    """Raises NotReplayed where the site has runs, or another champion than the first run's."""
    if TrainingRun.objects.exists():
        raise NotReplayed("This site has training runs already: the demonstration adds none.")
    champion = ModelVersion.objects.champion()
    if champion is None or champion.onnx_id != story[0]["champion"]:
        raise NotReplayed(
            "Another version answers here than the demonstration’s runs began with: it adds none."
        )


@transaction.atomic
def replay(recorded: dict[str, Any], drawings: Sequence[int], *, days_ago: float) -> TrainingRun:
    """Adds a recorded run, as if it had ended so many days ago; what was promoted then answers now.

    `drawings`: the ids of the demonstration's, oldest first. Nobody is mailed. Raises NotReplayed.
    """
    ended = timezone.now() - dt.timedelta(days=days_ago)
    began = ended - dt.timedelta(seconds=recorded["seconds"])
    champion = ModelVersion.objects.get(onnx=recorded["champion"])
    dataset = _dataset(recorded, drawings)
    run = TrainingRun.objects.create(
        trigger=TrainingRun.Trigger.DEMO,
        state=recorded["state"],
        reason=recorded["reason"],
        labels_until=_newest_label(dataset),
        started_at=began,
        ended_at=ended,
        told_at=ended,
        attempt=1,
        dataset=dataset,
        champion=champion,
        evidence=_renumbered(recorded["evidence"], drawings.__getitem__),
        decision=recorded["decision"],
        curve=recorded["curve"],
    )
    TrainingRun.objects.filter(pk=run.pk).update(created_at=began)
    if run.state == State.PROMOTED:
        _promote(run, recorded["manifest"])
    return run


def _newest_label(dataset: DatasetRevision) -> int | None:
    found: int | None = dataset.samples.aggregate(last=Max("label_id"))["last"]
    return found


def _promote(run: TrainingRun, manifest: dict[str, Any]) -> None:
    assert run.champion
    version = registry.register(
        onnx=(RECORDED / ONNX).read_bytes(),
        safetensors=(RECORDED / WEIGHTS).read_bytes(),
        manifest=manifest | {"name": f"{manifest['architecture']}, run {run.pk}", "run": run.pk,
                             "dataset": run.dataset_id},
        origin=ModelVersion.Origin.TRAINED,
        parent=run.champion,
    )  # fmt: skip
    previous = registry.promote(version, instead_of=run.champion)
    promotion = Promotion.objects.create(
        version=version, previous=previous, run=run, reason=run.reason
    )
    TrainingRun.objects.filter(pk=run.pk).update(challenger=version)
    Promotion.objects.filter(pk=promotion.pk).update(created_at=run.ended_at)
    ModelVersion.objects.filter(pk=version.pk).update(created_at=run.ended_at)
    # It answered before the run began, also where the site is new.
    shipped = ModelVersion.objects.filter(onnx=run.champion.onnx_id, created_at__gt=run.started_at)
    shipped.update(created_at=timezone.now() - dt.timedelta(days=DAYS))


def _dataset(recorded: dict[str, Any], drawings: Sequence[int]) -> DatasetRevision:
    """The run's dataset: the same drawings, with the same labels, in the same subsets. Raises
    NotReplayed."""
    if max(place for place, *_ in recorded["samples"]) >= len(drawings):
        raise NotReplayed(OTHERS)
    chosen = {drawings[place]: rest for place, *rest in recorded["samples"]}
    Sample.objects.bulk_create(
        [Sample(drawing_id=pk, subset=subset) for pk, (_, subset, *_) in chosen.items()],
        ignore_conflicts=True,
    )
    rows = [row for row in revisions.rows() if row.drawing in chosen]
    if {row.drawing: row.digit for row in rows} != {pk: rest[0] for pk, rest in chosen.items()}:
        raise NotReplayed(OTHERS)
    return revisions.freeze(
        rows,
        [chosen[row.drawing][2] for row in rows],
        [chosen[row.drawing][3] for row in rows],
        beside=recorded["sources"],
        learning_curve=recorded["learning_curve"],
    )
