"""A whole site to look at: people, drawings, labels, versions, and runs of every kind."""

import datetime as dt

import numpy as np
from django.utils import timezone

from recognizer.models import ModelVersion, User
from tests import small_mnist
from tests.training import rows
from training import tracing
from training.models import SetAside, TrainingRun

State, Trigger = TrainingRun.State, TrainingRun.Trigger


def story(*names: str, count: int = 240, days: int = 40) -> dict[str, int]:
    """Drawings of these people, labels, versions and runs of every kind; returns some numbers."""
    random = np.random.default_rng(5)
    small = small_mnist.load()
    images, labels = small.test_images, small.test_labels
    people = [User.objects.get(username=name) for name in names]
    shipped = ModelVersion.objects.order_by("pk").first()
    shipped_at = timezone.now() - dt.timedelta(days=days)
    ModelVersion.objects.filter(pk=shipped.pk).update(created_at=shipped_at)
    second = rows.version(8, parent=shipped, errors=33)
    third = rows.version(8, sure=0.98, parent=second, errors=39)
    fourth = rows.version(8, sure=0.97, parent=second, errors=36)
    kept = []
    for place in range(count):
        ago = days * (1 - place / count) ** 1.5
        digit = int(labels[place % len(labels)])
        wrong = random.random() < (0.22 if ago > 20 else 0.08)
        kept.append(
            rows.drawing(
                people[int(random.integers(len(people)))],
                days_ago=ago,
                ink=tracing.strokes_of(images[place % len(images)]),
                digit=(digit + 5) % 10 if wrong else digit,
                confidence=float(np.clip(random.beta(2, 2) if wrong else random.beta(20, 1), 0, 1)),
                version=shipped if ago > 20 else second,
                truth=digit if random.random() < 0.7 else "",
                role="reviewer" if random.random() < 0.3 else "owner",
            )
        )
    told = [one for one in kept if one.truth_given]
    data = rows.dataset(told[:120])
    rows.run(State.SKIPPED, days_ago=30, minutes=0, reason="The same labels as in run 0.")
    rows.run(
        State.PROMOTED,
        days_ago=20,
        dataset=rows.dataset(told[:40], train=180),
        champion=shipped,
        challenger=second,
        evidence=rows.evidence(before=60, after=41),
        decision=rows.decision(),
        curve=rows.CURVE,
        asked_by=people[0],
    )
    rejected = rows.run(
        State.REJECTED,
        days_ago=9,
        trigger=Trigger.SCHEDULE,
        dataset=rows.dataset(told[:80], train=290),
        champion=second,
        challenger=third,
        curve=rows.CURVE,
        decision=rows.decision(refused_by="regressions"),
        evidence=rows.evidence(fixed=told[:5], broken=told[5:14], lost=told[14:16], after=33),
    )
    rows.run(
        State.FAILED,
        days_ago=5,
        trigger=Trigger.LABELS,
        attempt=3,
        reason="Its worker stopped without a word 3 times.",
    )
    rows.run(State.CANCELLED, days_ago=4, minutes=0.4, reason="Staff cancelled it.")
    promoted = rows.run(
        State.PROMOTED,
        days_ago=2,
        trigger=Trigger.API,
        dataset=data,
        champion=second,
        challenger=fourth,
        evidence=rows.evidence(fixed=told[16:40], broken=told[40:45]),
        decision=rows.decision(),
        curve=rows.CURVE,
    )
    for one in told[120:124]:
        rows.use(one, data, set_aside=SetAside.DOUBTED)
    corrected = next(
        one for i, one in enumerate(told[:120]) if one.outcome == "wrong" and i % 5 < 4
    )
    rows.predict(corrected, fourth, digit=corrected.truth, heard=False)
    live = rows.run(
        State.RUNNING,
        days_ago=0.001,
        dataset=data,
        champion=fourth,
        attempt=1,
        phase="Fine-tuning, part 2 of 4",
        step=400,
        steps=1100,
        curve=rows.CURVE,
        heartbeat_at=timezone.now() + dt.timedelta(hours=1),
        phase_ends_at=timezone.now() + dt.timedelta(seconds=74),
    )
    return {
        "promoted": promoted.pk,
        "rejected": rejected.pk,
        "live": live.pk,
        "drawing": corrected.pk,
        "second": second.pk,
        "third": third.pk,
    }
