"""Where each model version stands: when it answered, what it came of, who holds it now."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from recognizer.models import ModelVersion
from training.models import Promotion, TrainingRun

Alias = ModelVersion.Alias

# Of all versions on a page together.
MOST_SPANS = 500


@dataclass(frozen=True)
class Tenure:
    """From when to when a version answered; `end` is None while it does. `promotion` is None for
    one that nobody promoted: the first that came with the site."""

    start: dt.datetime
    end: dt.datetime | None
    promotion: Promotion | None


def answered(versions: Iterable[ModelVersion]) -> dict[int, list[Tenure]]:
    """By version, when each of these answered, oldest first: the newest MOST_SPANS of them all."""
    later = Promotion.objects.filter(pk__gt=OuterRef("pk")).order_by("pk")
    chosen = Promotion.objects.filter(version__in=[one.pk for one in versions])
    ended = chosen.annotate(end=Subquery(later.values("created_at")[:1]))
    newest = ended.select_related("by").order_by("-pk")[:MOST_SPANS]
    found: dict[int, list[Tenure]] = defaultdict(list)
    for one in reversed(newest):
        found[one.version_id].append(Tenure(one.created_at, one.end, one))
    first = _first()
    if first is not None:
        found[first[0]].insert(0, first[1])
    return found


def _first() -> tuple[int, Tenure] | None:
    """Which version answered before anybody promoted one, and when."""
    promotion = Promotion.objects.select_related("previous").order_by("pk").first()
    version = promotion.previous if promotion else ModelVersion.objects.champion()
    if version is None:
        return None
    end = promotion.created_at if promotion else None
    return version.pk, Tenure(version.created_at, end, None)


def look(version: ModelVersion, spans: dict[int, list[Tenure]]) -> str:
    """champion, challenger (it waits), former (it answered once), or nothing."""
    if version.alias == Alias.CHAMPION or waits(version):
        return str(version.alias)
    return "former" if spans.get(version.pk) else ""


def waits(version: ModelVersion) -> bool:
    """Whether it is a challenger that nobody has decided on: the alias stays until the next."""
    if version.alias != Alias.CHALLENGER:
        return False
    run: TrainingRun | None = getattr(version, "run", None)
    return version.origin == ModelVersion.Origin.SHIPPED if run is None else not run.is_over
