"""Ends imports whose file did not arrive whole, because the web process that stored its rows was
killed."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from recognizer.models import Import, ImportQuerySet, ImportRow

# A web process needs seconds to store a file's rows.
ARRIVES_WITHIN = dt.timedelta(minutes=5)
PLACE = "the file"
WORDS = "It did not arrive whole: the site was interrupted. Nothing was stored. Send it again."
# No row of a file has this number.
NUMBER = 0


def end() -> None:
    """Ends them, with a report that says so."""
    for one in _interrupted():
        if _end(one):
            one.rows.exclude(number=NUMBER).delete_in_parts()


def _interrupted() -> ImportQuerySet:
    """Imports of which all rows are checked that are there, but not all are there."""
    more = ImportRow.objects.filter(source=OuterRef("pk"), number__gt=OuterRef("position"))
    old = Import.objects.filter(created_at__lt=timezone.now() - ARRIVES_WITHIN)
    return old.filter(~Exists(more), state=Import.State.CHECKING)


@transaction.atomic
def _end(one: Import) -> bool:
    """Whether it was still as it was found."""
    here = Import.objects.filter(pk=one.pk, state=one.state, position=one.position)
    ended = here.update(
        state=Import.State.DONE,
        finished_at=timezone.now(),
        refused=F("total"),
        known=0,
        unused_labels=0,
    )
    if ended:
        said = ImportRow(source=one, number=NUMBER, place=PLACE, is_picture=False)
        said.refuse(WORDS)
        said.save()
    return bool(ended)
