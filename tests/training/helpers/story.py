"""Fills a site for browser tests: people, drawings, labels, versions, and runs of every kind."""

import datetime as dt

import numpy as np
from django.utils import timezone

from recognizer.models import Drawing, ModelVersion, User
from tests import small_mnist
from tests.training.helpers import rows
from training.ml.synthesis import skeleton
from training.models import DatasetRevision, SetAside, TrainingRun

State, Trigger = TrainingRun.State, TrainingRun.Trigger


def story(*names: str, count: int = 240, days: int = 40) -> dict[str, int]:
    """Drawings of these people, labels, versions and runs of every kind; returns some numbers."""
    people = [User.objects.get(username=name) for name in names]
    versions = _versions(days)
    labelled = [one for one in _drawings(people, versions, count, days) if one.truth_given]
    data = rows.dataset(labelled[:120])
    for one in labelled[120:124]:
        rows.use(one, data, set_aside=SetAside.DOUBTED)
    rows.run(State.SKIPPED, days_ago=30, minutes=0, reason="The same labels as in run 0.")
    _first(versions, labelled, people[0])
    rejected = _rejected(versions, labelled)
    _came_to_nothing()
    return {
        "rejected": rejected.pk,
        "promoted": _promoted(versions, labelled, data).pk,
        "live": _live(versions, data).pk,
        "drawing": _corrected(versions, labelled).pk,
        "second": versions[1].pk,
        "third": versions[2].pk,
    }


def _versions(days: int) -> list[ModelVersion]:
    """The one that shipped, its child, and two children of that."""
    shipped = ModelVersion.objects.order_by("pk").first()
    shipped_at = timezone.now() - dt.timedelta(days=days)
    ModelVersion.objects.filter(pk=shipped.pk).update(created_at=shipped_at)
    second = rows.version(8, parent=shipped, errors=33)
    third = rows.version(8, sure=0.98, parent=second, errors=39)
    return [shipped, second, third, rows.version(8, sure=0.97, parent=second, errors=36)]


def _drawings(
    people: list[User], versions: list[ModelVersion], count: int, days: int
) -> list[Drawing]:
    """More of them lately, and fewer wrong since the second version answers."""
    random = np.random.default_rng(5)
    small = small_mnist.load()
    images, labels = small.test_images, small.test_labels
    kept = []
    for place in range(count):
        ago = days * (1 - place / count) ** 1.5
        digit = int(labels[place % len(labels)])
        wrong = random.random() < (0.22 if ago > 20 else 0.08)
        kept.append(
            rows.drawing(
                people[int(random.integers(len(people)))],
                days_ago=ago,
                ink=skeleton.strokes_of(images[place % len(images)]),
                digit=(digit + 5) % 10 if wrong else digit,
                confidence=float(np.clip(random.beta(2, 2) if wrong else random.beta(20, 1), 0, 1)),
                version=versions[0] if ago > 20 else versions[1],
                truth=digit if random.random() < 0.7 else "",
                role="reviewer" if random.random() < 0.3 else "owner",
            )
        )
    return kept


def _came_to_nothing() -> None:
    """Runs that failed and were cancelled."""
    rows.run(
        State.FAILED,
        days_ago=5,
        trigger=Trigger.LABELS,
        attempt=3,
        reason="Its worker stopped without a word 3 times.",
    )
    rows.run(State.CANCELLED, days_ago=4, minutes=0.4, reason="Staff cancelled it.")


def _first(versions: list[ModelVersion], labelled: list[Drawing], by: User) -> None:
    rows.run(
        State.PROMOTED,
        days_ago=20,
        dataset=rows.dataset(labelled[:40], train=180),
        champion=versions[0],
        challenger=versions[1],
        evidence=rows.evidence(before=60, after=41),
        decision=rows.decision(),
        curve=rows.CURVE,
        asked_by=by,
    )


def _rejected(versions: list[ModelVersion], labelled: list[Drawing]) -> TrainingRun:
    return rows.run(
        State.REJECTED,
        days_ago=9,
        trigger=Trigger.SCHEDULE,
        dataset=rows.dataset(labelled[:80], train=290),
        champion=versions[1],
        challenger=versions[2],
        curve=rows.CURVE,
        decision=rows.decision(refused_by="regressions"),
        evidence=rows.evidence(
            fixed=labelled[:5], broken=labelled[5:14], lost=labelled[14:16], after=33
        ),
    )


def _promoted(
    versions: list[ModelVersion], labelled: list[Drawing], data: DatasetRevision
) -> TrainingRun:
    return rows.run(
        State.PROMOTED,
        days_ago=2,
        trigger=Trigger.API,
        dataset=data,
        champion=versions[1],
        challenger=versions[3],
        evidence=rows.evidence(fixed=labelled[16:40], broken=labelled[40:45]),
        decision=rows.decision(),
        curve=rows.CURVE,
    )


def _corrected(versions: list[ModelVersion], labelled: list[Drawing]) -> Drawing:
    """A correction that a version was trained on, and that the newest version gets right."""
    trained_on = (one for place, one in enumerate(labelled[:120]) if place % 5 < 4)
    corrected = next(one for one in trained_on if one.outcome == "wrong")
    rows.predict(corrected, versions[3], digit=corrected.truth, heard=False)
    return corrected


def _live(versions: list[ModelVersion], data: DatasetRevision) -> TrainingRun:
    """A run that goes on while its page is looked at."""
    return rows.run(
        State.RUNNING,
        days_ago=0.001,
        dataset=data,
        champion=versions[3],
        attempt=1,
        phase="Fine-tuning, part 2 of 4",
        step=400,
        steps=1100,
        curve=rows.CURVE,
        heartbeat_at=timezone.now() + dt.timedelta(hours=1),
        phase_ends_at=timezone.now() + dt.timedelta(seconds=74),
    )
