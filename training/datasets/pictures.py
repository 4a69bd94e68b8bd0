"""A dataset's drawings as arrays, for fine-tuning and evaluation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recognizer.answers.pixels import pixels_of
from recognizer.inference.classes import as_class
from recognizer.ink import rasterize
from recognizer.ink.image_files import BadImage
from recognizer.models import Drawing, Upload
from training.datasets.revisions import AT_ONCE
from training.ml.arrays import Images, Integers
from training.ml.fit.finetune import FineTuneSet, FineTuning, assign_folds
from training.ml.synthesis import stroke_augmentation
from training.models import DatasetRevision, Subset

VIEWS = 12


@dataclass(frozen=True)
class LabelledDrawings:
    """N drawings: ids [N], labels [N] (0 to 9, NOT_A_DIGIT), owners [N], and pictures uint8
    [N, V, 28, 28]: each drawing as it is, then in augmented views."""

    ids: Integers
    labels: Integers
    owners: Integers
    pictures: Images

    def fine_tune_set(self, tuning: FineTuning, *, by_person: bool) -> FineTuneSet:
        """The drawings assigned to folds, by person (all of one person's to the same) or singly."""
        keys = self.owners if by_person else self.ids
        return FineTuneSet(self.pictures, self.labels, assign_folds(keys.tolist(), tuning=tuning))


def labelled_drawings(
    dataset: DatasetRevision, subset: Subset, *, version: int, views: int, seed: int
) -> LabelledDrawings:
    """The dataset's drawings of one subset that were not set aside, preprocessed with ink version
    `version`. Drawings that were deleted meanwhile or can no longer be read are left out, and so
    are those of people who have opted out since."""
    chosen = dataset.samples.filter(subset=subset, set_aside="").order_by("drawing_id")
    labels = {sample.drawing_id: as_class(sample.digit) for sample in chosen}
    random = np.random.default_rng(seed)
    found: dict[int, tuple[int, Images]] = {}
    for drawing in _drawings(list(labels)):
        try:
            found[drawing.pk] = drawing.owner_id, _augmented(drawing, version, views, random)
        except (BadImage, rasterize.NoInk, Upload.DoesNotExist):
            continue
    return LabelledDrawings(
        ids=np.array(list(found), dtype=int),
        labels=np.array([labels[pk] for pk in found], dtype=int),
        owners=np.array([owner for owner, _ in found.values()], dtype=int),
        pictures=np.stack([pictures for _, pictures in found.values()])
        if found
        else np.zeros((0, views + 1, 28, 28), np.uint8),
    )


def _drawings(ids: Sequence[int]) -> Iterator[Drawing]:
    """Ordered by id, in batches."""
    for start in range(0, len(ids), AT_ONCE):
        chosen = Drawing.objects.may_teach().filter(pk__in=ids[start : start + AT_ONCE])
        yield from chosen.select_related("upload").order_by("pk")


def _augmented(drawing: Drawing, version: int, views: int, random: np.random.Generator) -> Images:
    """uint8 [views + 1, 28, 28]. An upload has no strokes: its picture is repeated."""
    own = pixels_of(drawing, version=version)[None]
    if drawing.uploaded or views == 0:
        return np.repeat(own, views + 1, axis=0)
    others = stroke_augmentation.vary(drawing.ink(), count=views, random=random, version=version)
    return np.concatenate([own, others])


def readable(ids: Sequence[int], *, version: int) -> dict[int, Images]:
    """Each drawing by its id, preprocessed with that ink version, uint8 [28, 28].

    Drawings that were deleted meanwhile or can no longer be read are left out.
    """
    found = {}
    for drawing in _drawings(ids):
        try:
            found[drawing.pk] = pixels_of(drawing, version=version)
        except (BadImage, rasterize.NoInk, Upload.DoesNotExist):
            continue
    return found
