"""Thinning: deletes predictions that are no longer needed.

After each promotion all unlabelled drawings are answered again, which adds as many rows as there
are drawings. A prediction is deleted after PREDICTION_DAYS, except for:

- the drawing's answer, and the first one, which its owner was shown when it was saved;
- the champion's, and those of the version it replaced, so that a rollback needs no new ones;
- all of a drawing that was ever labelled or chosen for a spot check: they show which versions
  misread it, and since when it is read right.
"""

import datetime as dt

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from recognizer.models import Drawing, Label, ModelVersion, Prediction
from training.models import Promotion, SpotCheck

# In each pass: ids that are looked through, and predictions deleted in one transaction.
IDS_AT_ONCE, DELETED_AT_ONCE = 10_000, 500
PLACE = "thinning"


def thin() -> int:
    """Checks the next batch of predictions, starting over after the last; without a cache it always
    starts over. Returns how many were deleted."""
    last = Prediction.objects.aggregate(last=Max("pk"))["last"] or 0
    first = cache.get(PLACE) or 0
    below = first + IDS_AT_ONCE
    cache.set(PLACE, below if below <= last else 0, None)
    found = _unneeded().filter(pk__gte=first, pk__lt=below)
    ids = list(found.values_list("pk", flat=True))
    starts = range(0, len(ids), DELETED_AT_ONCE)
    return sum(_delete(ids[start : start + DELETED_AT_ONCE]) for start in starts)


@transaction.atomic
def _delete(ids: list[int]) -> int:
    """Deletes the predictions that are still not needed, except of drawings that somebody is
    writing to."""
    theirs = Drawing.all_objects.filter(predictions__in=ids).order_by()
    # Whoever makes one of these the answer locks its drawing too (answers/stored/worker.py).
    locked = theirs.select_for_update(of=("self",), skip_locked=True, no_key=True)
    drawings = set(locked.values_list("pk", flat=True))
    _, counts = _unneeded().filter(pk__in=ids, drawing__in=drawings).delete()
    return counts.get(Prediction._meta.label, 0)


def _unneeded() -> QuerySet[Prediction]:
    made_before = timezone.now() - dt.timedelta(days=settings.PREDICTION_DAYS)
    theirs = Prediction.objects.filter(drawing=OuterRef("drawing"))
    labelled = Label.objects.filter(drawing=OuterRef("drawing"))
    checked = SpotCheck.objects.filter(drawing=OuterRef("drawing"))
    return (
        Prediction.objects.filter(~Q(drawing__answer=F("pk")), created_at__lt=made_before)
        .exclude(model_version__in=_kept_versions())
        .filter(Exists(theirs.filter(pk__lt=OuterRef("pk"))), ~Exists(labelled), ~Exists(checked))
        .order_by()
    )


def _kept_versions() -> list[int]:
    """The champion, and the version that it replaced."""
    champion = ModelVersion.objects.filter(alias=ModelVersion.Alias.CHAMPION)
    previous = Promotion.objects.order_by("-pk").values_list("previous", flat=True).first()
    return [*champion.values_list("pk", flat=True), *filter(None, [previous])]
