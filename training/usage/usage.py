"""Finds what training runs did with drawings; training/usage/wording.py tells their owners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.core.cache import cache
from django.db.models import Exists, OuterRef

from recognizer.answers import serving
from recognizer.answers.pixels import divider_of
from recognizer.inference import number_reading
from recognizer.inference.classifier import ArtifactCorrupt
from recognizer.inference.verdicts import Verdict
from recognizer.ink.image_files import BadImage
from recognizer.ink.rasterize import NoInk
from recognizer.ink.strokes import BadStrokes
from recognizer.models import (
    Drawing,
    DrawingQuerySet,
    Label,
    ModelVersion,
    Prediction,
    Upload,
)
from training.models import DatasetSample, Subset, TrainingRun

# How many versions at most answer one drawing, from the champion backwards.
MOST_ASKED = 5
REMEMBERED_SECONDS = 86_400
TRAINED, HELD_OUT, SET_ASIDE = "trained", "held_out", "set_aside"


@dataclass(frozen=True)
class RunUse:
    """How one run used a drawing: `kind` is TRAINED, HELD_OUT or SET_ASIDE, the last with a
    `reason` of SetAside. `digit` is its label then, None for not a digit."""

    run: TrainingRun
    kind: str
    digit: int | None
    by_reviewer: bool
    reason: str = ""


@dataclass(frozen=True)
class TrainedLabel:
    """A label of a drawing, its author, and the runs that trained on it."""

    digit: int | None
    by_reviewer: bool
    runs: list[int]


@dataclass(frozen=True)
class VersionAnswer:
    """A version's answer to a drawing: its kind, and its digits: all of a number's, or the
    candidates of an unsure answer."""

    verdict: Verdict
    digits: str = ""


@dataclass(frozen=True)
class ChampionReading:
    """The champion's answer to a labelled drawing.

    `right` is None if the label does not decide it. `since` is the version from which on it is
    right; None if the first answer was right already, or it is not right now. With `or_earlier`,
    older versions that were not evaluated may have been right too.
    """

    answer: VersionAnswer
    right: bool | None
    since: int | None = None
    or_earlier: bool = False


@dataclass(frozen=True)
class DrawingUsage:
    """How one drawing was used. `now` is None if the champion's answer to it is unknown."""

    drawing: Drawing
    teaches: bool
    uses: list[RunUse]
    now: ChampionReading | None

    @property
    def training_uses(self) -> list[RunUse]:
        """The uses by runs that trained on it."""
        return [use for use in self.uses if use.kind == TRAINED]

    @property
    def trained_labels(self) -> list[TrainedLabel]:
        """The labels that runs trained on, the earliest first."""
        runs: dict[tuple[int | None, bool], list[int]] = {}
        for use in self.training_uses:
            runs.setdefault((use.digit, use.by_reviewer), []).append(use.run.pk)
        return [TrainedLabel(*label, numbers) for label, numbers in runs.items()]

    @property
    def contradicted(self) -> bool:
        """Whether its label is now another than the last one that was trained on."""
        return any(use.digit != self.drawing.truth for use in self.training_uses[-1:])


def usage_of(drawing: Drawing) -> DrawingUsage:
    """How the drawing was used."""
    return DrawingUsage(
        drawing=drawing,
        teaches=drawing.owner.teaches,
        uses=_uses(drawing.pk),
        now=_reading_now(drawing),
    )


def _uses(drawing_id: int) -> list[RunUse]:
    samples = DatasetSample.objects.filter(drawing_id=drawing_id)
    by_dataset = {sample.dataset_id: sample for sample in samples}
    reviews = Label.objects.filter(drawing=drawing_id, role=Label.Role.REVIEWER)
    reviewed = set(reviews.values_list("pk", flat=True))
    runs = TrainingRun.objects.filter(dataset__in=by_dataset, challenger__isnull=False)
    narrow = runs.order_by("pk").defer("evidence", "curve", "decision")
    return [_use(run, by_dataset[run.dataset_id or 0], reviewed) for run in narrow]


def _use(run: TrainingRun, sample: DatasetSample, reviewed: set[int]) -> RunUse:
    kind = HELD_OUT if sample.subset == Subset.HOLDOUT else TRAINED
    return RunUse(
        run=run,
        kind=SET_ASIDE if sample.set_aside else kind,
        digit=sample.digit,
        by_reviewer=sample.label_id in reviewed,
        reason=sample.set_aside,
    )


# What the versions answer -------------------------------------------------------------------------


def _reading_now(drawing: Drawing) -> ChampionReading | None:
    champion = ModelVersion.objects.champion()
    if champion is None or not drawing.truth_given:
        return None
    answer = _answer_by(drawing, champion)
    if answer is None:
        return None
    right = _is_right(drawing, answer)
    if not right or _was_right_at_first(drawing):
        return ChampionReading(answer, right)
    return ChampionReading(answer, right, *_since(drawing, champion))


def _is_right(drawing: Drawing, answer: VersionAnswer) -> bool | None:
    """Only a claim can be right. None for a number that is labelled as not a digit: that neither
    denies nor confirms it, since no label names a number."""
    if drawing.truth is not None:
        return answer == VersionAnswer(Verdict.DIGIT, str(drawing.truth))
    if answer.verdict in (Verdict.NUMBER, Verdict.SEVERAL):
        return None
    return answer.verdict == Verdict.NOT_A_DIGIT


def _was_right_at_first(drawing: Drawing) -> bool:
    first = drawing.predictions.order_by("pk").first()
    return first is not None and _is_right(drawing, _version_answer(first)) is True


def _since(drawing: Drawing, champion: ModelVersion) -> tuple[int, bool]:
    """The oldest of the champion's ancestors from which on all evaluated versions are right, and
    whether the one before it was not evaluated."""
    since, here = champion.pk, champion.parent
    for _ in range(MOST_ASKED):
        if here is None:
            return since, False
        answer = _answer_by(drawing, here)
        if answer is None or not _is_right(drawing, answer):
            return since, answer is None
        since, here = here.pk, here.parent
    return since, here is not None


def _answer_by(drawing: Drawing, version: ModelVersion) -> VersionAnswer | None:
    """The version's stored answer, or one computed now. None if neither is possible."""
    answered = Prediction.objects.filter(drawing=drawing, model_version=version).first()
    if answered is not None:
        return _version_answer(answered)
    key = f"version-answer:{drawing.pk}:{version.pk}"
    answer: VersionAnswer | None = cache.get(key)
    if answer is None:
        answer = _ask(drawing, version)
        cache.set(key, answer, REMEMBERED_SECONDS)
    return answer


def _ask(drawing: Drawing, version: ModelVersion) -> VersionAnswer | None:
    try:
        loaded = _loaded(version.pk, version.onnx_id)
        sheet = divider_of(drawing)(loaded.ink_version)
    except (ArtifactCorrupt, NoInk, BadImage, BadStrokes, Upload.DoesNotExist):
        return None
    [answer] = number_reading.answer(loaded.classifier, [sheet])
    return _version_answer(answer)


def _version_answer(answer: Prediction | number_reading.DrawingAnswer) -> VersionAnswer:
    digits = {
        Verdict.DIGIT: str(answer.digit),
        Verdict.NUMBER: answer.number or "",
        Verdict.UNSURE: "".join(map(str, answer.candidates)),
    }
    return VersionAnswer(answer.verdict, digits.get(answer.verdict, ""))


# As many as one drawing may need: fewer would be evicted just before they are used again.
@lru_cache(maxsize=MOST_ASKED + 1)
def _loaded(pk: int, onnx: str) -> serving.LoadedVersion:
    """The version with this id and file, loaded. Raises ArtifactCorrupt."""
    return serving.load(ModelVersion.objects.get(pk=pk, onnx=onnx))


# Before they are deleted ------------------------------------------------------------------------


@dataclass(frozen=True)
class UsageSummary:
    """How many of these drawings each version was trained on, and how many were held out."""

    trained: int
    versions: list[int]
    held_out: int


def summary_of(drawings: DrawingQuerySet) -> UsageSummary:
    """What versions were trained on of these drawings."""
    samples = DatasetSample.objects.filter(
        # From samples to drawings: a person with a million drawings has fewer samples.
        Exists(drawings.order_by().filter(pk=OuterRef("drawing_id"))),
        dataset__runs__challenger__isnull=False,
        set_aside="",
    ).order_by()
    trained = samples.filter(subset=Subset.TRAIN)
    versions = trained.values_list("dataset__runs__challenger", flat=True).distinct()
    return UsageSummary(
        trained=trained.values("drawing_id").distinct().count(),
        versions=sorted(pk for pk in versions if pk),
        held_out=samples.filter(subset=Subset.HOLDOUT).values("drawing_id").distinct().count(),
    )
