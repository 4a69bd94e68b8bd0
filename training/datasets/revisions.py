"""Dataset revisions: which labelled drawings a run sees, and which subset each belongs to."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Count, F, Q

from recognizer.models import Drawing, ModelVersion
from training.ml.data.mnist import SHA256
from training.models import DatasetRevision, DatasetSample, Sample, SetAside, Subset

HOLDOUT_SHARE = 0.2
# From this many people on, each person's drawings are in one subset, so that the holdout measures
# writers that no version was trained on. With fewer people, a fifth of them could be nobody, or
# everybody.
PEOPLE_APART = 20
AT_ONCE = 500
Item = TypeVar("Item")


def labelled() -> Any:
    """Drawings that a person labelled, of people who allow training on theirs."""
    return Drawing.objects.may_teach().filter(truth_given=True).order_by("pk")


def assign_subsets() -> None:
    """Gives each labelled drawing that has no subset its own, for ever."""
    apart = people_are_apart()
    fresh = list(labelled().filter(sample=None).values_list("pk", "owner_id"))
    # Read first, then written in batches, so that other writers do not wait.
    for some in _batches(fresh):
        _place(some, by_person=apart)


def people_are_apart() -> bool:
    """Whether all of a person's drawings are in one subset: from enough people on, for ever."""
    if Sample.objects.filter(by_person=True).exists():
        return True
    return labelled().order_by().values("owner").distinct().count() >= PEOPLE_APART


def _place(fresh: Sequence[tuple[int, int]], *, by_person: bool) -> None:
    """Assigns subsets to these drawings, each with its owner."""
    homes = _homes({owner for _, owner in fresh}) if by_person else {}
    samples = [
        Sample(
            drawing_id=pk,
            subset=homes[owner] if by_person else subset_of(f"drawing {pk}"),
            by_person=by_person,
        )
        for pk, owner in fresh
    ]
    with transaction.atomic():
        there = _still_there([pk for pk, _ in fresh])
        placed = [one for one in samples if one.drawing_id in there]
        Sample.objects.bulk_create(placed, ignore_conflicts=True)


def _homes(people: Collection[int]) -> dict[int, Subset]:
    """Each person's subset: the one that holds most of their drawings, or a random one."""
    counted = (
        Sample.objects.filter(drawing__owner__in=people)
        .values_list("drawing__owner", "subset")
        .annotate(Count("pk"))
    )
    balances: Counter[int] = Counter()
    for owner, subset, count in counted:
        balances[owner] += count if subset == Subset.HOLDOUT else -count
    return {one: _home(one, balances[one]) for one in people}


def _home(person: int, balance: int) -> Subset:
    """`balance`: how many more of the person's drawings are held out than trained on."""
    if balance == 0:
        return subset_of(f"person {person}")
    return Subset.HOLDOUT if balance > 0 else Subset.TRAIN


def _still_there(drawings: Collection[int]) -> set[int]:
    found = Drawing.objects.filter(pk__in=drawings).order_by()
    return set(found.values_list("pk", flat=True))


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def subset_of(name: str) -> Subset:
    """Holdout for a fifth of all names, by their SHA-256: random, and yet repeatable."""
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64
    return Subset.HOLDOUT if place < HOLDOUT_SHARE else Subset.TRAIN


@dataclass(frozen=True)
class SampleRow:
    """One labelled drawing as a dataset keeps it, with what label review needs to know of it."""

    drawing: int
    label: int
    digit: int | None
    subset: str
    owner: int
    uploaded: bool
    reviewed: bool


def rows() -> list[SampleRow]:
    """All that a dataset made now would hold, ordered by drawing."""
    assign_subsets()
    found = labelled().values_list(
        "pk", "label_id", "truth", "sample__subset", "owner_id", "uploaded", "reviewed"
    )
    return [SampleRow(*row) for row in found]


def digest(found: Sequence[SampleRow]) -> str:
    """SHA-256 over what a run trains and is tested on: the drawings, their labels and subsets, and
    MNIST's own digests."""
    lines = [f"{row.drawing} {row.digit} {row.subset} {row.reviewed}" for row in found]
    return hashlib.sha256("\n".join([*SHA256.values(), *lines]).encode()).hexdigest()


def freeze(
    found: Sequence[SampleRow],
    reasons: Sequence[str],
    doubts: Sequence[float],
    *,
    beside: Mapping[str, int],
    learning_curve: Sequence[dict[str, float]] = (),
) -> DatasetRevision:
    """Stores the dataset. `reasons` and `doubts` are what label review found for each row, `beside`
    counts the training pictures from other sources.

    Written in batches, so that nobody waits for a hundred thousand rows. The dataset is valid once
    a run refers to it: see DatasetRevision.
    """
    counts = _counts(found, reasons, beside=beside) | {"learning_curve": list(learning_curve)}
    revision = DatasetRevision.objects.create(digest=digest(found), counts=counts)
    for some in _batches(list(zip(found, reasons, doubts, strict=True))):
        DatasetSample.objects.bulk_create(
            DatasetSample(
                dataset=revision,
                drawing_id=row.drawing,
                label_id=row.label,
                digit=row.digit,
                subset=row.subset,
                set_aside=reason,
                doubt=doubt,
            )
            for row, reason, doubt in some
        )
    return revision


def _counts(
    found: Sequence[SampleRow], reasons: Sequence[str], *, beside: Mapping[str, int]
) -> dict[str, Any]:
    used = [row for row, reason in zip(found, reasons, strict=True) if not reason]
    digits = Counter(row.digit for row in used)
    subsets = Counter(row.subset for row in used)
    return {
        "train": subsets[Subset.TRAIN],
        "holdout": subsets[Subset.HOLDOUT],
        "set_aside": len(found) - len(used),
        "own": list(reasons).count(SetAside.OWN),
        "digits": [digits[digit] for digit in range(10)],
        "not_a_digit": digits[None],
        "sources": {
            **beside,
            "strokes": sum(not row.uploaded for row in used),
            "uploads": sum(row.uploaded for row in used),
        },
        "writers": len({row.owner for row in used}),
    }


def drawn_by(people: Iterable[int]) -> dict[int, int]:
    """How many answered drawings each of these people has."""
    counted = (
        Drawing.objects.filter(owner__in=set(people), answer__isnull=False)
        .order_by()
        .values_list("owner")
        .annotate(Count("pk"))
    )
    return dict(counted)


def refused_of(people: Iterable[int]) -> dict[int, int]:
    """For how many drawings of each of these people a reviewer's label differed from theirs. Their
    latest label counts: a mistake that they corrected themselves does not."""
    reviewed = Drawing.objects.filter(
        owner__in=set(people), truth_given=True, reviewed=True, owner_label__isnull=False
    )
    other = reviewed.exclude(
        Q(owner_label__digit=F("truth")) | Q(owner_label__digit__isnull=True, truth__isnull=True)
    )
    counted = other.order_by().values_list("owner").annotate(Count("pk"))
    return dict(counted)


def training_drawings(version: ModelVersion | None) -> set[int]:
    """The ids of all drawings that a version, or an ancestor of it, was trained on."""
    samples = DatasetSample.objects.filter(
        dataset__runs__challenger__in=_lineage(version) if version else [],
        subset=Subset.TRAIN,
        set_aside="",
    )
    return set(samples.values_list("drawing_id", flat=True))


def pretrained_ancestor(version: ModelVersion) -> ModelVersion:
    """The oldest ancestor of this version, or itself: it was trained on no label of this site."""
    return ModelVersion.objects.get(pk=_lineage(version)[-1])


def _lineage(version: ModelVersion) -> list[int]:
    """The ids of the version, its parent, and so on to the oldest, in one query."""
    parents = dict(ModelVersion.objects.order_by().values_list("pk", "parent"))
    lineage = [version.pk]
    while (parent := parents[lineage[-1]]) is not None:
        lineage.append(parent)
    return lineage
