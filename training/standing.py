"""Where each model version stands: when it answered, what it came of, who holds it now."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from recognizer.models import ModelVersion
from training import lineage
from training.models import Promotion


@dataclass(frozen=True)
class Span:
    """From when to when a version answered; `end` is None while it does. `promotion` is None for
    one that nobody promoted: the first that came with the site."""

    start: dt.datetime
    end: dt.datetime | None
    promotion: Promotion | None


def answered() -> dict[int, list[Span]]:
    """By version, when it answered, oldest first."""
    promotions = list(Promotion.objects.select_related("by", "run", "previous").order_by("pk"))
    ends = [one.created_at for one in promotions[1:]] + [None]
    found: dict[int, list[Span]] = defaultdict(list)
    for one, end in zip(promotions, ends, strict=False):
        found[one.version_id].append(Span(one.created_at, end, one))
    first = promotions[0].previous if promotions else ModelVersion.objects.champion()
    if first is not None:
        end = promotions[0].created_at if promotions else None
        found[first.pk].insert(0, Span(first.created_at, end, None))
    return found


def tree(versions: Iterable[ModelVersion], spans: dict[int, list[Span]]) -> str:
    """The lineage of these versions as SVG, each leading to its place on the page."""
    address = reverse("training:versions")
    return lineage.tree(
        [
            lineage.Node(one.pk, one.parent_id, look(one, spans), f"{address}#version-{one.pk}")
            for one in versions
        ]
    )


def look(version: ModelVersion, spans: dict[int, list[Span]]) -> str:
    """champion, challenger, former (it answered once), or nothing."""
    return version.alias or ("former" if spans.get(version.pk) else "")
