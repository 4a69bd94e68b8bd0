"""Creates exemplars from people's labels, and creates them again after a promotion.

Each version has its own embeddings, so a new champion needs new exemplars.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from recognizer import backfill
from recognizer.answers import answering, personal, serving
from recognizer.answers.pixels import pixels_of
from recognizer.inference.personal import MOST_EXEMPLARS, chosen, unit
from recognizer.models import Drawing, Exemplar, ExemplarQuerySet, ModelVersion, User

log = logging.getLogger(__name__)

SECONDS_AT_ONCE = 0.05
DRAWINGS_AT_ONCE = 20


@dataclass(frozen=True)
class Shape:
    """A drawing under one model version: its embedding, float16 [D] of unit length, and the
    version's own probabilities [10] and is_digit."""

    model_version: int
    embedding: np.ndarray
    probabilities: np.ndarray
    is_digit: float

    def confidence_in(self, digit: int | None) -> float:
        """The version's own confidence in this label, 0 to 1."""
        return 1 - self.is_digit if digit is None else float(self.probabilities[digit])


def shape_of(drawing: Drawing) -> Shape | None:
    """The drawing under the champion; None where it cannot be read."""
    try:
        loaded = serving.model_cache.champion()
        pixels = pixels_of(drawing, version=loaded.ink_version)
    except (*answering.UNREADABLE, serving.NoModel) as error:
        log.warning("%s becomes no exemplar: %s", drawing, error)
        return None
    seen = loaded.classifier.outputs(pixels[np.newaxis])
    embedding = unit(seen.embedding[0]).astype(np.float16)
    assert loaded.model_version is not None  # the champion comes from the database
    return Shape(loaded.model_version, embedding, seen.probabilities[0], float(seen.is_digit[0]))


def follow_label(drawing: Drawing, shape: Shape | None = None) -> None:
    """Creates, updates or deletes the drawing's exemplar, according to its current label. Call it
    in the label's own transaction, so that both are stored or neither. `shape` saves reading the
    drawing where it is known."""
    said = Drawing.all_objects.defer("strokes").get(pk=drawing.pk)
    Exemplar.objects.filter(drawing=drawing).delete()  # of every version: they have the old label
    if said.truth_given:
        _keep([(said, shape if _is_champions(shape) else shape_of(said))])
    changed_for(said.owner_id)


def follow_first_labels(owner: int, shapes: Mapping[int, Shape | None]) -> None:
    """As follow_label, for several drawings of one owner that had no label before. `shapes`: by
    drawing id."""
    said = list(Drawing.objects.filter(pk__in=shapes, truth_given=True))
    known = next((shape for shape in shapes.values() if shape), None)
    is_fresh = _is_champions(known)
    _keep([(one, shapes[one.pk] if is_fresh else shape_of(one)) for one in said])
    changed_for(owner)


def _is_champions(shape: Shape | None) -> bool:
    """Whether it was made by the current champion; another version may have just been promoted."""
    champion = ModelVersion.objects.champion()
    if shape is None or champion is None or champion.pk == shape.model_version:
        return shape is not None
    serving.model_cache.expire()
    return False


def shapes_of(person: User) -> ExemplarQuerySet:
    """A person's exemplars under the champion, with their drawings."""
    champion = ModelVersion.objects.champion()
    mine = Exemplar.objects.of([person.pk], champion.pk) if champion else Exemplar.objects.none()
    return (
        mine.select_related("drawing")
        .defer("embedding", "drawing__strokes")
        .order_by("-drawing_id")
    )


def remove(drawing: Drawing) -> bool:
    """Excludes a drawing from its owner's exemplars, and returns whether it was one. Its label
    stays. The exclusion is stored, so that the next champion does not make it an exemplar again."""
    known = Exemplar.objects.filter(drawing=drawing, removed=False)
    with transaction.atomic():
        was = known.update(removed=True, embedding=b"") > 0
        changed_for(drawing.owner_id)
    return was


def owners_of(drawings: list[int]) -> list[int]:
    """The ids of the people who have exemplars among these drawings."""
    found = Exemplar.objects.filter(drawing__in=drawings)
    return list(found.values_list("owner", flat=True).distinct().order_by("owner"))


def changed_for(*people: int) -> None:
    """Increments these people's revisions, so that every process loads their exemplars again.
    Always call it after the drawings are written: with one order for all transactions there is no
    deadlock."""
    User.objects.filter(pk__in=people).update(exemplars_revision=F("exemplars_revision") + 1)
    for person in people:
        transaction.on_commit(partial(personal.known_people.expire, person))


def _keep(labelled: Iterable[tuple[Drawing, Shape | None]]) -> None:
    """Stores exemplars of one owner's drawings, with their shapes."""
    made = [_exemplar(drawing, shape) for drawing, shape in labelled if shape is not None]
    if made:
        Exemplar.objects.bulk_create(made, ignore_conflicts=True)  # another worker stored it first
        _drop_too_many(made[0].owner_id, made[0].model_version_id)


def _exemplar(drawing: Drawing, shape: Shape) -> Exemplar:
    return Exemplar(
        owner_id=drawing.owner_id,
        drawing=drawing,
        model_version_id=shape.model_version,
        embedding=shape.embedding.tobytes(),
        digit=drawing.truth,
        confidence=shape.confidence_in(drawing.truth),
    )


def _drop_too_many(owner: int, version: int | None) -> None:
    mine = Exemplar.objects.filter(owner=owner, model_version=version, removed=False)
    rows = list(mine.values_list("pk", "confidence"))
    if len(rows) <= MOST_EXEMPLARS:
        return
    numbers, confidences = (np.array(column) for column in zip(*rows, strict=True))
    kept = chosen(confidences, ages=-numbers)
    mine.filter(pk__in=np.delete(numbers, kept).tolist()).delete()


# After a promotion -------------------------------------------------------------------------------


def make_again(version_id: int, below: int) -> None:
    """Creates exemplars of labelled drawings with ids below this one for SECONDS_AT_ONCE, and sends
    a task for the rest."""
    if not serving.has_loaded(version_id):
        return
    if backfill.EXEMPLARS.go_on(version_id, below, _make_on):
        Exemplar.objects.filter(removed=False).exclude(model_version=version_id).delete()


def _make_on(version_id: int, below: int) -> int | None:
    """Creates exemplars for SECONDS_AT_ONCE. Returns the id below which some are left; None if none
    is."""
    until = time.monotonic() + SECONDS_AT_ONCE
    while drawings := _labelled_below(version_id, below):
        for drawing in drawings:
            below = drawing.pk
            if not drawing.has_exemplar:  # type: ignore[attr-defined]
                _make(drawing)
        if time.monotonic() >= until:
            return below
    return None


def _labelled_below(version_id: int, below: int) -> list[Drawing]:
    """The newest labelled drawings below this id, annotated with whether they have an exemplar or
    are excluded."""
    made = Q(model_version=version_id) | Q(removed=True)
    has = Exists(Exemplar.objects.filter(made, drawing=OuterRef("pk")))
    labelled = Drawing.objects.filter(truth_given=True, pk__lt=below).annotate(has_exemplar=has)
    return list(labelled.order_by("-pk")[:DRAWINGS_AT_ONCE])


def _make(drawing: Drawing) -> None:
    shape = shape_of(drawing)
    with transaction.atomic():
        same = Drawing.objects.filter(pk=drawing.pk, truth_given=True, truth=drawing.truth)
        # A write that changes nothing: it locks the row, so that a concurrent label waits or has
        # been stored before.
        if same.update(truth_given=True):
            _keep([(drawing, shape)])
            changed_for(drawing.owner_id)
