"""Erasure: removes what datasets and runs still hold about deleted drawings.

The code that deletes a drawing knows nothing of training. So a periodic task searches all datasets
and runs, a few at a time and over again, for drawings that no longer exist.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from recognizer.models import Drawing
from training.ml.gate.evidence import EvidenceSummary
from training.models import DatasetRevision, DatasetSample, TrainingRun

# In each pass: ids checked, drawings changed in one transaction, and runs checked.
DRAWINGS_AT_ONCE, CHANGED_AT_ONCE, RUNS_AT_ONCE = 2000, 100, 5
# A dataset that no run refers to after this long never will be.
ABANDONED_AFTER = dt.timedelta(days=1)
SAMPLES_AT_ONCE = 5000


def forget_deleted() -> None:
    """Looks through the next drawings of datasets, and the next runs."""
    _go_on("drawings", _forget_in_datasets)
    _go_on("runs", _forget_in_runs)


def _go_on(name: str, look: Any) -> None:
    """Calls `look` with the place where it stopped; without a cache it starts over."""
    key = f"erasure:{name}"
    cache.set(key, look(cache.get(key) or 0), None)


# In datasets ------------------------------------------------------------------------------------


def _forget_in_datasets(after: int) -> int:
    """Erases the labels of deleted drawings with ids above `after`.

    Returns the id after which to continue, 0 at the end.
    """
    known = DatasetSample.objects.filter(label_id__isnull=False, drawing_id__gt=after)
    numbers = known.order_by("drawing_id").values_list("drawing_id", flat=True).distinct()
    looked_at = list(numbers[:DRAWINGS_AT_ONCE])
    gone = sorted(_gone(looked_at))
    for start in range(0, len(gone), CHANGED_AT_ONCE):
        theirs = DatasetSample.objects.filter(drawing_id__in=gone[start : start + CHANGED_AT_ONCE])
        theirs.update(label_id=None, digit=None, doubt=0.0)
    return looked_at[-1] if len(looked_at) == DRAWINGS_AT_ONCE else 0


def _gone(numbers: Collection[int]) -> set[int]:
    # A drawing that its owner may still restore counts as present.
    there = Drawing.all_objects.filter(pk__in=numbers).order_by().values_list("pk", flat=True)
    return set(numbers) - set(there)


# In runs' evidence ------------------------------------------------------------------------------


def _forget_in_runs(after: int) -> int:
    """Erases deleted drawings from the evidence of finished runs with ids above `after`."""
    over = TrainingRun.objects.exclude(ended_at=None).exclude(evidence={}).filter(pk__gt=after)
    found = list(over.order_by("pk").values_list("pk", "evidence")[:RUNS_AT_ONCE])
    for pk, evidence in found:
        gone = _gone(named_in(evidence))
        if gone:
            TrainingRun.objects.filter(pk=pk).update(evidence=without(evidence, gone))
    return found[-1][0] if len(found) == RUNS_AT_ONCE else 0


def named_in(evidence: EvidenceSummary) -> set[int]:
    """The ids of all drawings that the evidence names."""
    lists = [evidence.get("fixed"), evidence.get("broken"), _regressions(evidence).get("lost")]
    return {pk for numbers in lists for pk in numbers or []} | {
        int(pk) for pk in evidence.get("said") or {}
    }


def without(evidence: EvidenceSummary, gone: Collection[int]) -> EvidenceSummary:
    """The evidence without these drawings; "gone" counts the removed ones by kind."""
    counts = {"fixed": 0, "broken": 0, "lost": 0} | evidence.get("gone", {})
    kept = dict(evidence)
    for name in ("fixed", "broken"):
        kept[name] = _but(evidence.get(name), gone)
        counts[name] += len(evidence.get(name) or []) - len(kept[name])
    regressions = _regressions(evidence)
    if "lost" in regressions:
        kept["regressions"] = regressions | {"lost": _but(regressions["lost"], gone)}
        counts["lost"] += len(regressions["lost"]) - len(kept["regressions"]["lost"])
    answers = evidence.get("said") or {}
    return kept | {
        "said": {pk: words for pk, words in answers.items() if int(pk) not in gone},
        "gone": counts,
    }


def _regressions(evidence: EvidenceSummary) -> EvidenceSummary:
    return evidence.get("regressions") or {}


def _but(numbers: Sequence[int] | None, gone: Collection[int]) -> list[int]:
    return [pk for pk in numbers or [] if pk not in gone]


# Datasets without a run ------------------------------------------------------------------------


def sweep_datasets() -> None:
    """Deletes datasets that no run refers to: their worker died while writing them."""
    old = timezone.now() - ABANDONED_AFTER
    abandoned = DatasetRevision.objects.filter(runs=None, created_at__lt=old).first()
    if abandoned is None:
        return
    some = abandoned.samples.order_by().values("pk")[:SAMPLES_AT_ONCE]
    if not DatasetSample.objects.filter(pk__in=some).delete()[0]:
        abandoned.delete()
