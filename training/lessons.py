"""What drawings have taught, for their owners. training/telling.py puts it into words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.core.cache import cache
from django.db.models import Exists, OuterRef

from recognizer import answering, serving
from recognizer.classifier import ArtifactCorrupt
from recognizer.images import BadImage
from recognizer.ink import NoInk
from recognizer.models import (
    Drawing,
    DrawingQuerySet,
    Label,
    ModelVersion,
    Prediction,
    Upload,
)
from recognizer.pixels import way_to_divide
from recognizer.strokes import BadStrokes
from training.models import DatasetSample, Subset, TrainingRun

# So many versions are asked at most about one drawing, from the champion backwards.
MOST_ASKED = 5
REMEMBERED_SECONDS = 86_400
TAUGHT, PROOF, ASIDE = "taught", "proof", "aside"
NONE = "none"


@dataclass(frozen=True)
class Use:
    """What one run did with a drawing: TAUGHT, PROOF or ASIDE, then with a reason of SetAside."""

    run: TrainingRun
    kind: str
    reason: str = ""
    label: int | None = None


@dataclass(frozen=True)
class Lesson:
    """What became of one drawing.

    `right` is whether the champion reads it right, None where that is not known; `since` the
    version from which on it does, None where its first answer was right already.
    """

    drawing: Drawing
    teaches: bool
    uses: list[Use]
    right: bool | None
    since: int | None
    answer: str

    @property
    def by_reviewer(self) -> bool:
        """Whether what taught last was a reviewer's word."""
        labels = [use.label for use in self.uses if use.kind == TAUGHT and use.label]
        return Label.objects.filter(pk__in=labels[-1:], role=Label.Role.REVIEWER).exists()

    @property
    def taught(self) -> list[int]:
        """The runs that learned from it."""
        return [use.run.pk for use in self.uses if use.kind == TAUGHT]


def lesson_of(drawing: Drawing) -> Lesson:
    """What became of the drawing."""
    right, since, answer = _reading_now(drawing)
    return Lesson(
        drawing=drawing,
        teaches=drawing.owner.teaches,
        uses=_uses(drawing.pk),
        right=right,
        since=since,
        answer=answer,
    )


def _uses(drawing_id: int) -> list[Use]:
    samples = DatasetSample.objects.filter(drawing_id=drawing_id)
    by_dataset = {sample.dataset_id: sample for sample in samples}
    runs = TrainingRun.objects.filter(dataset__in=by_dataset, challenger__isnull=False)
    narrow = runs.order_by("pk").defer("evidence", "curve", "decision")
    return [_use(run, by_dataset[run.dataset_id or 0]) for run in narrow]


def _use(run: TrainingRun, sample: DatasetSample) -> Use:
    if sample.set_aside:
        return Use(run, ASIDE, sample.set_aside, sample.label_id)
    kind = PROOF if sample.subset == Subset.HOLDOUT else TAUGHT
    return Use(run, kind, label=sample.label_id)


# What the versions say of it --------------------------------------------------------------------


def _reading_now(drawing: Drawing) -> tuple[bool | None, int | None, str]:
    """Whether the champion is right, since which version, and what it says."""
    champion = ModelVersion.objects.champion()
    if champion is None or not drawing.truth_given:
        return None, None, ""
    said = _said_by(drawing, champion)
    if said is None:
        return None, None, ""
    answer = "not a digit" if said == NONE else said
    if said != _truth(drawing):
        return False, None, answer
    first = drawing.predictions.order_by("pk").values_list("digit", flat=True).first()
    return True, None if first == drawing.truth else _since(drawing, champion), answer


def _truth(drawing: Drawing) -> str:
    return NONE if drawing.truth is None else str(drawing.truth)


def _since(drawing: Drawing, champion: ModelVersion) -> int:
    """The oldest of the champion's forebears from which on all read it right."""
    since, here = champion.pk, champion.parent
    for _ in range(MOST_ASKED):
        if here is None or _said_by(drawing, here) != _truth(drawing):
            break
        since, here = here.pk, here.parent
    return since


def _said_by(drawing: Drawing, version: ModelVersion) -> str | None:
    """What the version says, a digit or "none": as it answered once, or asked now. None where it
    cannot be asked."""
    answered = Prediction.objects.filter(drawing=drawing, model_version=version).first()
    if answered is not None:
        return NONE if answered.digit is None else str(answered.digit)
    key = f"lesson:{drawing.pk}:{version.pk}"
    said: str | None = cache.get(key)
    if said is None:
        said = _ask(drawing, version)
        cache.set(key, said, REMEMBERED_SECONDS)
    return said


def _ask(drawing: Drawing, version: ModelVersion) -> str | None:
    try:
        held = _held(version.pk, version.onnx_id)
        sheet = way_to_divide(drawing)(held.ink_version)
    except (ArtifactCorrupt, NoInk, BadImage, BadStrokes, Upload.DoesNotExist):
        return None
    [answer] = answering.answer(held.classifier, [sheet])
    return NONE if answer.digit is None else str(answer.digit)


# As many as one drawing may need: fewer would be put out just before they are asked again.
@lru_cache(maxsize=MOST_ASKED + 1)
def _held(pk: int, onnx: str) -> serving.Held:
    """The version with this number and file, ready to be asked. Raises ArtifactCorrupt."""
    return serving.load(ModelVersion.objects.get(pk=pk, onnx=onnx))


# Before they are deleted ------------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """How many of these drawings taught which versions, and how many were kept as a proof."""

    taught: int
    versions: list[int]
    proofs: int


def summary_of(drawings: DrawingQuerySet) -> Summary:
    """What versions have learned from these drawings."""
    samples = DatasetSample.objects.filter(
        # From the samples to the drawings: who has a million of these has fewer samples.
        Exists(drawings.order_by().filter(pk=OuterRef("drawing_id"))),
        dataset__runs__challenger__isnull=False,
        set_aside="",
    ).order_by()
    taught = samples.filter(subset=Subset.TRAIN)
    versions = taught.values_list("dataset__runs__challenger", flat=True).distinct()
    return Summary(
        taught=taught.values("drawing_id").distinct().count(),
        versions=sorted(pk for pk in versions if pk),
        proofs=samples.filter(subset=Subset.HOLDOUT).values("drawing_id").distinct().count(),
    )
