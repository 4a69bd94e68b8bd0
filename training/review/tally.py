"""How much each reviewer has labelled lately, and how often they agree."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from recognizer.models import Label

# How many of the newest labels of reviewers are counted.
NEWEST = 5_000


@dataclass(frozen=True)
class Tally:
    """One reviewer's labels: of how many drawings, and how often another reviewer of the same
    drawing agreed: `agreed` of `compared`."""

    name: str
    labelled: int
    compared: int
    agreed: int


def tallies() -> list[Tally]:
    """Each reviewer's tally, from the newest labels that reviewers gave; most labels first. Of
    several labels that one reviewer gave a drawing, the last counts."""
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
    """Reviewers' labels of each drawing, by their names."""
    theirs = Label.objects.filter(role=Label.Role.REVIEWER)
    newest = theirs.order_by("-pk")[:NEWEST].values("pk")
    counted = theirs.filter(pk__in=newest, author__isnull=False, drawing__deleted_at=None)
    said: dict[int, dict[str, int | None]] = defaultdict(dict)
    rows = counted.order_by("pk").values_list("drawing", "author__username", "digit")
    for drawing, name, digit in rows:
        said[drawing][name] = digit
    return said
