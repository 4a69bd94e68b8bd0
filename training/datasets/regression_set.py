"""The regression set: mistakes that reviewers found and a champion has learned to avoid.

A labelled drawing is not answered again, so the stored predictions show which versions misread it,
but not which read it right. So the champion is run on it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db.models import Exists, F, OuterRef, Q

from recognizer.models import Drawing, DrawingQuerySet, Prediction
from training.datasets import pictures
from training.datasets.revisions import AT_ONCE
from training.ml.gate.gather import RegressionSet, right
from training.ml.network.onnx_reader import Reader
from training.models import Promotion, TrainingRun

# Mistakes in the set, mistakes on which the champion is run, and runs that are searched.
MOST, MOST_ASKED, MOST_RUNS = 2000, 20_000, 25


def load(champion: Reader, *, version: int) -> RegressionSet:
    """The newest reviewed mistakes that this champion reads right, or that a promoted run fixed,
    preprocessed with ink version `version`."""
    fixed = _fixed_mistakes()
    parts: list[RegressionSet] = []
    for labels in _mistakes(fixed):
        parts.append(_kept(champion, labels, fixed, version=version))
        if sum(len(part.ids) for part in parts) >= MOST:
            break
    return _newest(parts)


def _mistakes(fixed: dict[int, int]) -> Iterator[dict[int, int]]:
    """Batches of labels by drawing id, the newest first."""
    wrong = Prediction.objects.filter(drawing=OuterRef("pk")).exclude(digit=OuterRef("truth"))
    reviewed = Drawing.objects.may_teach().filter(
        truth_given=True, reviewed=True, truth__isnull=False
    )
    found = reviewed.filter(Exists(wrong) | Q(pk__in=list(fixed)))
    last = None
    for _ in range(MOST_ASKED // AT_ONCE):
        labels = _next(found, below=last)
        if not labels:
            return
        yield labels
        last = min(labels)


def _next(found: DrawingQuerySet, *, below: int | None) -> dict[int, int]:
    older = found if below is None else found.filter(pk__lt=below)
    return dict(older.order_by("-pk").values_list("pk", F("truth"))[:AT_ONCE])


def _kept(
    champion: Reader, labels: dict[int, int], fixed: dict[int, int], *, version: int
) -> RegressionSet:
    """The mistakes that belong to the regression set, oldest first."""
    found = pictures.readable(sorted(labels), version=version)
    if not found:
        return _nothing()
    shown = np.stack(list(found.values()))
    ids = np.array(list(found), dtype=int)
    known = np.array([labels[pk] for pk in found], dtype=int)
    once = np.array([fixed.get(pk) == labels[pk] for pk in found], dtype=bool)
    chosen = right(champion.read(shown), known) | once
    return RegressionSet(shown[chosen], known[chosen], ids[chosen])


def _nothing() -> RegressionSet:
    none = np.zeros(0, dtype=int)
    return RegressionSet(np.zeros((0, 28, 28), np.uint8), none, none)


def _newest(parts: list[RegressionSet]) -> RegressionSet:
    """The newest MOST of these, which come newest first and are oldest first within."""
    whole = [_nothing(), *parts[::-1]]
    return RegressionSet(
        np.concatenate([part.pictures for part in whole])[-MOST:],
        np.concatenate([part.labels for part in whole])[-MOST:],
        np.concatenate([part.ids for part in whole])[-MOST:],
    )


def _fixed_mistakes() -> dict[int, int]:
    """The mistakes that promoted runs fixed: each drawing's id and the digit of its label then.

    Where a reviewer has changed the label since, it is another mistake: the digit shows that.
    """
    promoted = TrainingRun.objects.filter(
        Exists(Promotion.objects.filter(version=OuterRef("challenger")))
    )
    evidence = promoted.values_list("evidence__fixed", "evidence__said")[:MOST_RUNS]
    found: dict[int, int] = {}
    for ids, answers in reversed(evidence):
        found |= {pk: digit for pk in ids or [] if (digit := _label_then(pk, answers)) is not None}
    return found


def _label_then(pk: int, answers: dict[str, Any] | None) -> int | None:
    answer = (answers or {}).get(str(pk)) or {}
    digit: int | None = answer.get("digit")
    return digit
