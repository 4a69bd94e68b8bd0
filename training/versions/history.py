"""When each model version answered, and which are champion, challenger or former champion."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from recognizer.models import ModelVersion
from training.models import Promotion, TrainingRun

Alias = ModelVersion.Alias

# The most tenures on a page, for all versions together.
MOST_TENURES = 500


@dataclass(frozen=True)
class Tenure:
    """When a version was champion; `end` is None while it is. `promotion` is None for the first
    version, which shipped with the site: nobody promoted it."""

    start: dt.datetime
    end: dt.datetime | None
    promotion: Promotion | None


def tenures(versions: Iterable[ModelVersion]) -> dict[int, list[Tenure]]:
    """By version number its tenures, oldest first: the newest MOST_TENURES of all versions."""
    later = Promotion.objects.filter(pk__gt=OuterRef("pk")).order_by("pk")
    chosen = Promotion.objects.filter(version__in=[one.pk for one in versions])
    ended = chosen.annotate(end=Subquery(later.values("created_at")[:1]))
    newest = ended.select_related("by").order_by("-pk")[:MOST_TENURES]
    found: dict[int, list[Tenure]] = defaultdict(list)
    for one in reversed(newest):
        found[one.version_id].append(Tenure(one.created_at, one.end, one))
    first = _first_tenure()
    if first is not None:
        found[first[0]].insert(0, first[1])
    return found


def _first_tenure() -> tuple[int, Tenure] | None:
    """The version that was champion before any promotion, and its tenure."""
    promotion = Promotion.objects.select_related("previous").order_by("pk").first()
    version = promotion.previous if promotion else ModelVersion.objects.champion()
    if version is None:
        return None
    end = promotion.created_at if promotion else None
    return version.pk, Tenure(version.created_at, end, None)


def status(version: ModelVersion, tenures: dict[int, list[Tenure]]) -> str:
    """champion, challenger (awaits a decision), former (was champion once), or ""."""
    if version.alias == Alias.CHAMPION or awaits_decision(version):
        return str(version.alias)
    return "former" if tenures.get(version.pk) else ""


def awaits_decision(version: ModelVersion) -> bool:
    """Whether it is a challenger without a decision. The alias alone does not show that: it stays
    until the next challenger."""
    if version.alias != Alias.CHALLENGER:
        return False
    run: TrainingRun | None = getattr(version, "run", None)
    return version.origin == ModelVersion.Origin.SHIPPED if run is None else not run.is_over
