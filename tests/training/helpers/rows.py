"""Makes rows for training's pages: people’s drawings over some days, versions, runs."""

import datetime as dt

import numpy as np
from django.db import transaction
from django.utils import timezone

from recognizer import registry
from recognizer.answers.stored import current
from recognizer.ink import strokes
from recognizer.models import Drawing, Label, ModelVersion, Prediction, User
from tests import networks
from training.models import (
    DatasetRevision,
    DatasetSample,
    Promotion,
    Sample,
    Subset,
    TrainingRun,
)

SEVEN = [[[40, 40], [160, 45], [110, 120], [90, 220]]]
State, Trigger = TrainingRun.State, TrainingRun.Trigger


# Drawings ---------------------------------------------------------------------------------------


def drawing(
    owner: User, *, days_ago: float = 0, ink: list | None = None, digit: int | None = 7,
    confidence: float = 0.98, version: ModelVersion | None = None, truth: int | str | None = "",
    role: str = "owner", author: User | None = None,
) -> Drawing:  # fmt: skip
    """A drawing of so many days ago, answered by a version if one is given, and labelled unless
    `truth` is left out."""
    made = timezone.now() - dt.timedelta(days=days_ago)
    lines = strokes.as_json(strokes.parse(ink or SEVEN, width=280, height=280))
    with transaction.atomic():  # A running worker must not answer it in between.
        found = Drawing.objects.create(
            owner=owner, strokes=lines, width=280, height=280, created_at=made
        )
        if version is not None:
            predict(found, version, digit=digit, confidence=confidence, at=made)
    if truth != "":
        label(found, truth, role=role, author=author or owner, at=made)
    found.refresh_from_db()
    return found


def predict(
    found: Drawing, version: ModelVersion, *, digit: int | None, confidence: float = 0.98,
    at: dt.datetime | None = None, heard: bool = True,
) -> Prediction:  # fmt: skip
    rest = (1 - confidence) / 9
    made = Prediction.objects.create(
        drawing=found,
        model_version=version,
        verdict="not a digit" if digit is None else "digit",
        digit=digit,
        confidence=confidence,
        probabilities=[confidence if one == digit else rest for one in range(10)],
        is_digit=0.99 if digit is not None else 0.2,
        ink_version=1,
        milliseconds=0.4,
    )
    if at:
        Prediction.objects.filter(pk=made.pk).update(created_at=at)
    if heard:
        current.record_answers([made])
    return made


def label(
    found: Drawing, truth: int | None, *, role: str = "owner", author: User | None = None,
    at: dt.datetime | None = None,
) -> Label:  # fmt: skip
    said = Label.objects.create(drawing=found, author=author or found.owner, role=role, digit=truth)
    if at:
        Label.objects.filter(pk=said.pk).update(created_at=at)
    current.record_label(found, said)
    return said


# Versions and runs ------------------------------------------------------------------------------


def version(
    digit: int = 7, *, sure: float = 0.99, parent: ModelVersion | None = None,
    origin: str = "trained", errors: int = 34,
) -> ModelVersion:  # fmt: skip
    """A version that says this digit of everything; `sure` tells those of one digit apart."""
    test = {"count": 10_000, "accuracy": 1 - errors / 10_000, "errors": errors}
    made = registry.register(
        onnx=networks.saying(digit, sure=sure),
        safetensors=b"weights",
        manifest=networks.MANIFEST | {"metrics": {"test": test}},
        origin=origin,
    )
    ModelVersion.objects.filter(pk=made.pk).update(parent=parent)
    made.refresh_from_db()
    return made


def evaluation(count: int, errors: int, *, seed: int = 1) -> dict:
    """What training.ml.evaluation.metrics says of so many answers, this many of them wrong."""
    random = np.random.default_rng(seed)
    confusion = np.diag(np.full(10, count // 10))
    for _ in range(errors):
        truth, answer = random.choice([(4, 9), (7, 1), (7, 1), (3, 5), (9, 4), (6, 0), (2, 7)])
        confusion[truth, answer] += 1
        confusion[truth, truth] = max(0, confusion[truth, truth] - 1)
    support, right, read = confusion.sum(1), np.diag(confusion), confusion.sum(0)
    recall, precision = right / support, right / np.maximum(1, read)
    edges = np.linspace(0, 1, 16)
    bins = [
        {"count": int(8 + 40 * edge**6), "confidence": float(edge - 1 / 30),
         "accuracy": float(np.clip(edge - 1 / 30 + random.normal(0, 0.04), 0, 1))}
        for edge in edges[1:]
    ]  # fmt: skip
    for empty in bins[:5]:
        empty.update(count=0, confidence=0.0, accuracy=0.0)
    return {
        "count": count,
        "accuracy": 1 - errors / count,
        "errors": errors,
        "nll": 0.05,
        "ece": 0.02,
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": (2 * precision * recall / (precision + recall)).tolist(),
        "support": support.tolist(),
        "confusion": confusion.tolist(),
        "reliability": bins,
    }


def evidence(*, fixed: list[Drawing] = (), broken: list[Drawing] = (), lost: list[Drawing] = (),
             before: int = 41, after: int = 22) -> dict:  # fmt: skip
    said = {}
    for one in fixed:
        said[str(one.pk)] = {"digit": one.truth, "champion": 9, "challenger": one.truth}
    for one in broken:
        said[str(one.pk)] = {"digit": one.truth, "champion": one.truth, "challenger": 1}
    return {
        "mnist": {
            "champion": evaluation(10_000, 34, seed=2),
            "challenger": evaluation(10_000, 36, seed=3),
            "shipped_errors": 34,
        },
        "drawings": {
            "champion": evaluation(500, before),
            "challenger": evaluation(500, after, seed=4),
            "holdout": 101,
            "crossed": 399,
        },
        "telling": {
            "champion": {"digits_accepted": 0.99, "others_accepted": 0.05, "auroc": 0.991,
                         "digits": 101, "others": 12},
            "challenger": {"digits_accepted": 0.99, "others_accepted": 0.04, "auroc": 0.994,
                           "digits": 101, "others": 12},
        },
        "fixed": [one.pk for one in fixed],
        "broken": [one.pk for one in broken],
        "said": said,
        "regressions": {"count": 40, "lost": [one.pk for one in lost]},
        "export": {"changed": 0.0, "difference": 6e-05},
        "milliseconds": {"champion": 0.21, "challenger": 0.21},
        "learning_curve": [
            {"labels": 50, "errors": 44, "count": 500},
            {"labels": 100, "errors": 37, "count": 500},
            {"labels": 200, "errors": 29, "count": 500},
            {"labels": 399, "errors": 22, "count": 500},
        ],
    }  # fmt: skip


VERDICTS = [
    ("mnist", "34 wrong before, 36 after: 0.02 points worse, 0.05 allowed."),
    ("shipped", "34 wrong as shipped, 36 now: 0.02 points worse, 0.10 allowed."),
    ("better", "41 wrong before, 22 after: 24 fixed, 5 broken; by chance in 1 of 2,000 cases."),
    ("recall", "The digit that loses most is 7: 1.2 points, 3 allowed."),
    ("regressions", "40 of 40 are still right."),
    ("calibration", "Expected calibration error 0.021 before, 0.018 after."),
    ("telling", "AUROC 0.991 before, 0.994 after."),
    ("export", "It differs from torch by 3e-06 at most, 1e-04 allowed."),
    ("speed", "1.0 times the champion's time, 1.2 allowed."),
]


def decision(*, refused_by: str = "") -> dict:
    words = "It reads people’s drawings better, by a test, and nothing else worse."
    if refused_by:
        words = "It loses what reviewers had found: one rule speaks against it."
    verdicts = [
        {"rule": rule, "passed": rule != refused_by, "words": said, "figures": {}}
        for rule, said in VERDICTS
    ]
    return {"promote": not refused_by, "test": "crossed", "words": words, "verdicts": verdicts}


CURVE = [
    {"step": step, "loss": 0.25 + 1.1 * 0.988**step, "accuracy": 0.985 - 0.2 * 0.985**step,
     "validation": 0.992 - 0.05 * 0.98**step if step % 50 == 0 else None}
    for step in range(10, 401, 10)
]  # fmt: skip


def dataset(drawings: list[Drawing] = (), **counts: int) -> DatasetRevision:
    """A dataset of these drawings: every fifth proves, the others teach."""
    made = DatasetRevision.objects.create(
        digest="16e905a08d6a1c34bd5d2b90f2b2dda973974827e0947e2604a96649d0b02e9f",
        counts={
            "train": 399, "holdout": 101, "set_aside": 7, "not_a_digit": 12, "writers": 9,
            "digits": [51, 60, 44, 39, 55, 41, 38, 70, 45, 57],
            "sources": {"mnist": 20_000, "strokes": 430, "uploads": 70}, **counts,
        },
    )  # fmt: skip
    for place, one in enumerate(drawings):
        subset = Subset.HOLDOUT if place % 5 == 4 else Subset.TRAIN
        use(one, made, subset=subset)
    return made


def use(
    one: Drawing, made: DatasetRevision, *, subset: str = Subset.TRAIN, set_aside: str = ""
) -> None:
    Sample.objects.get_or_create(drawing=one, defaults={"subset": subset})
    DatasetSample.objects.create(
        dataset=made,
        drawing_id=one.pk,
        label_id=one.label_id or 0,
        digit=one.truth,
        subset=subset,
        set_aside=set_aside,
    )


def run(
    state: str, *, days_ago: float = 0, minutes: float = 2.5, promote: bool | None = None,
    **fields: object,
) -> TrainingRun:  # fmt: skip
    """A run that is over, or not. One whose state is promoted makes its challenger champion."""
    made = timezone.now() - dt.timedelta(days=days_ago)
    over = state not in TrainingRun.ACTIVE
    times = {"started_at": made, "ended_at": made + dt.timedelta(minutes=minutes) if over else None}
    fields = {"trigger": Trigger.STAFF, "labels_until": 0, **times, **fields}
    done = TrainingRun.objects.create(state=state, **fields)
    TrainingRun.objects.filter(pk=done.pk).update(created_at=made)
    if state == State.PROMOTED and done.challenger and promote is not False:
        previous = registry.promote(done.challenger)
        promotion = Promotion.objects.create(
            version=done.challenger, previous=previous, run=done, reason="The gate let it through."
        )
        Promotion.objects.filter(pk=promotion.pk).update(created_at=made)
    done.refresh_from_db()
    return done
