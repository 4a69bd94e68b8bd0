"""Datasets: which labelled drawings a run sees, and in which subset each stays for ever."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q

from recognizer.models import Drawing, Label, ModelVersion
from training.mnist import SHA256
from training.models import DatasetRevision, DatasetSample, Sample, Subset

HOLDOUT_SHARE = 0.2
# From so many people on, all of a person's drawings are in one subset: it then measures reading
# hands that taught nothing. With fewer, a fifth of the people could be nobody, or everybody.
PEOPLE_APART = 20
AT_ONCE = 500


def labelled() -> Any:
    """Drawings that a person labelled, of people who let theirs teach."""
    return Drawing.objects.may_teach().filter(truth_given=True).order_by("pk")


@transaction.atomic
def assign_subsets() -> None:
    """Gives each labelled drawing that has no subset its own, for ever."""
    people = labelled().values("owner").distinct().count()
    fresh = labelled().filter(sample=None).values_list("pk", "owner_id")
    Sample.objects.bulk_create(
        [
            Sample(drawing_id=pk, subset=subset_of(f"person {owner}" if apart else f"drawing {pk}"))
            for apart in [people >= PEOPLE_APART]
            for pk, owner in fresh
        ],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )


def people_are_apart() -> bool:
    """Whether there are so many people that each one's drawings stay together."""
    return labelled().values("owner").distinct().count() >= PEOPLE_APART


def subset_of(name: str) -> Subset:
    """Holdout for a fifth of all names, by their SHA-256: as random as a draw, and repeatable."""
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64
    return Subset.HOLDOUT if place < HOLDOUT_SHARE else Subset.TRAIN


@dataclass(frozen=True)
class Row:
    """One labelled drawing as a dataset keeps it, with what curation asks about it."""

    drawing: int
    label: int
    digit: int | None
    subset: str
    owner: int
    uploaded: bool
    reviewed: bool


def rows() -> list[Row]:
    """All that a dataset made now would hold, by drawing."""
    assign_subsets()
    found = labelled().values_list(
        "pk", "label_id", "truth", "sample__subset", "owner_id", "uploaded", "reviewed"
    )
    return [Row(*row) for row in found]


def digest(found: Sequence[Row]) -> str:
    """SHA-256 over what is taught and proved: the drawings, what each is, and its subset, with
    MNIST's own digests."""
    lines = [f"{row.drawing} {row.digit} {row.subset} {row.reviewed}" for row in found]
    return hashlib.sha256("\n".join([*SHA256.values(), *lines]).encode()).hexdigest()


@transaction.atomic
def freeze(
    found: Sequence[Row],
    reasons: Sequence[str],
    doubts: Sequence[float],
    *,
    mnist: int,
    learning_curve: Sequence[dict[str, float]] = (),
) -> DatasetRevision:
    """Writes the dataset down. `reasons` and `doubts` say of each row what curation found."""
    counts = _counts(found, reasons, mnist=mnist) | {"learning_curve": list(learning_curve)}
    revision = DatasetRevision.objects.create(digest=digest(found), counts=counts)
    DatasetSample.objects.bulk_create(
        [
            DatasetSample(
                dataset=revision,
                drawing_id=row.drawing,
                label_id=row.label,
                digit=row.digit,
                subset=row.subset,
                set_aside=reason,
                doubt=doubt,
            )
            for row, reason, doubt in zip(found, reasons, doubts, strict=True)
        ],
        batch_size=AT_ONCE,
    )
    return revision


def _counts(found: Sequence[Row], reasons: Sequence[str], *, mnist: int) -> dict[str, Any]:
    used = [row for row, reason in zip(found, reasons, strict=True) if not reason]
    digits = Counter(row.digit for row in used)
    subsets = Counter(row.subset for row in used)
    return {
        "train": subsets[Subset.TRAIN],
        "holdout": subsets[Subset.HOLDOUT],
        "set_aside": len(found) - len(used),
        "digits": [digits[digit] for digit in range(10)],
        "not_a_digit": digits[None],
        "sources": {
            "mnist": mnist,
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
    """How many drawings of each of these people a reviewer said to be another than they did."""
    said = Label.objects.filter(
        role=Label.Role.OWNER, drawing__owner__in=set(people), drawing__reviewed=True
    )
    other = said.exclude(
        Q(digit=F("drawing__truth")) | Q(digit__isnull=True, drawing__truth__isnull=True)
    )
    counted = other.order_by().values_list("drawing__owner")
    return dict(counted.annotate(Count("drawing", distinct=True)))


def learnt_by(version: ModelVersion | None) -> set[int]:
    """The numbers of all drawings that a version, or one that it comes from, learned from."""
    lineage = []
    while version is not None:
        lineage.append(version.pk)
        version = version.parent
    taught = DatasetSample.objects.filter(
        dataset__runs__challenger__in=lineage, subset=Subset.TRAIN, set_aside=""
    )
    return set(taught.values_list("drawing_id", flat=True))


def untaught(version: ModelVersion) -> ModelVersion:
    """The version that this one comes from in the end: one that no label here taught."""
    while version.parent is not None:
        version = version.parent
    return version
