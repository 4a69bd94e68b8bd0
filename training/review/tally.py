"""How much each reviewer has labelled lately, and how often they agree."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from recognizer.models import Label

# Labels of reviewers that are counted.
NEWEST = 5_000


@dataclass(frozen=True)
class Tally:
    """What one reviewer said: of how many drawings, and how often another reviewer who labelled one
    of these said the same: `agreed` of `compared`."""

    name: str
    labelled: int
    compared: int
    agreed: int


def tallies() -> list[Tally]:
    """Of each reviewer, from the newest labels that reviewers gave; who said most first. Of several
    labels that one gave a drawing, the last counts."""
    labelled, compared, agreed = Counter[str](), Counter[str](), Counter[str]()
    for said in _said().values():
        for name, digit in said.items():
            others = [other for who, other in said.items() if who != name]
            labelled[name] += 1
            compared[name] += len(others)
            agreed[name] += others.count(digit)
    return [
        Tally(name, count, compared[name], agreed[name]) for name, count in labelled.most_common()
    ]


def _said() -> dict[int, dict[str, int | None]]:
    """What reviewers said of each drawing, by their names."""
    theirs = Label.objects.filter(role=Label.Role.REVIEWER)
    newest = theirs.order_by("-pk")[:NEWEST].values("pk")
    counted = theirs.filter(pk__in=newest, author__isnull=False, drawing__deleted_at=None)
    said: dict[int, dict[str, int | None]] = defaultdict(dict)
    rows = counted.order_by("pk").values_list("drawing", "author__username", "digit")
    for drawing, name, digit in rows:
        said[drawing][name] = digit
    return said
