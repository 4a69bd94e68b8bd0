"""A history is as fast with very many drawings as with few: every filter reads its page by index.

Time would depend on the machine. So what SQLite does is counted, in steps of its virtual machine,
and its plans are read.
"""

import datetime as dt
from dataclasses import dataclass

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, Subquery
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognizer.models import Drawing, Label, ModelVersion, Prediction, User
from recognizer.models.drawings import DOUBT, OUTCOME
from tests.people import person, signed_in

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plans"),
]

NEWEST = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
MANY, FEW = 200, 5
WAITING, UNSURE, UNLABELLED = "waiting", None, "unlabelled"
# (answer, label, how many), newest first: many of what a filter must pass by, then few of what it
# looks for.
GROUPS = [
    (7, 7, MANY),
    (3, 3, MANY),
    (7, UNLABELLED, MANY),
    (WAITING, UNLABELLED, MANY),
    (7, 1, MANY),
    (UNSURE, UNLABELLED, FEW),
    (UNSURE, 4, FEW),
    (UNSURE, None, FEW),
    (3, UNLABELLED, FEW),
    (3, 8, FEW),
    (5, 5, FEW),
]
# What a page of 24 takes is about 3,400. Passing by MANY drawings takes 600 or more beside.
MOST_STEPS = 3_900
STATES = ["right", "wrong", "unsure", "unlabelled"]
LONG_AGO = "to=2026-05-31"  # the older half
FILTERS = [
    "",
    "digit=3",
    "digit=5",
    "digit=9",
    *(f"state={state}" for state in STATES),
    *(f"digit={digit}&state={state}" for digit in (3, 7, 9) for state in STATES),
    LONG_AGO,
    "from=2026-05-30&to=2026-05-30",
    "from=2020-01-01&to=2020-02-01",
    f"digit=3&{LONG_AGO}",
    *(f"state={state}&{LONG_AGO}" for state in STATES),
    f"digit=3&state=wrong&from=2020-01-01&{LONG_AGO}",
]


@pytest.fixture
def many(champion) -> User:
    """Somebody with many drawings, two minutes between them; and many newer ones are deleted."""
    owner = person("carla")
    Drawing.all_objects.bulk_create(
        Drawing(owner=owner, strokes=[], width=1, height=1, deleted_at=NEWEST) for _ in range(MANY)
    )
    said = [(answer, label) for answer, label, count in GROUPS for _ in range(count)]
    drawings = Drawing.objects.bulk_create(
        Drawing(
            owner=owner,
            strokes=[],
            width=1,
            height=1,
            created_at=NEWEST - dt.timedelta(minutes=2) * number,
        )
        for number in range(len(said))
    )
    pairs = list(zip(drawings, said, strict=True))
    answer([(one, answer) for one, (answer, _) in pairs if answer != WAITING], champion)
    _label([(one, label) for one, (_, label) in pairs if label != UNLABELLED])
    return owner


def answer(answers: list[tuple[Drawing, int | None]], version: ModelVersion) -> None:
    """Gives each drawing this digit, or none, as its answer."""
    Prediction.objects.bulk_create(
        Prediction(
            drawing=drawing,
            model_version=version,
            verdict="not a digit" if digit is None else "digit",
            digit=digit,
            confidence=0.9,
            probabilities=[0.1] * 10,
            is_digit=0.9,
            ink_version=1,
            milliseconds=1,
        )
        for drawing, digit in answers
    )
    stored = Prediction.objects.filter(drawing=OuterRef("pk"))
    Drawing.objects.update(
        answer=Subquery(stored.values("pk")),
        verdict=Subquery(stored.values("verdict")),
        digit=Subquery(stored.values("digit")),
    )
    Drawing.objects.update(outcome=OUTCOME, doubt=DOUBT)


def _label(labels: list[tuple[Drawing, int | None]]) -> None:
    Label.objects.bulk_create(
        Label(drawing=drawing, author=drawing.owner, role=Label.Role.OWNER, digit=digit)
        for drawing, digit in labels
    )
    label = Label.objects.filter(drawing=OuterRef("pk"))
    Drawing.objects.filter(Exists(label)).update(
        label=Subquery(label.values("pk")), truth=Subquery(label.values("digit")), truth_given=True
    )
    Drawing.objects.update(outcome=OUTCOME, doubt=DOUBT)


class Steps:
    """Counts the steps of SQLite's virtual machine, by tens."""

    def __enter__(self) -> "Steps":
        self.count = 0
        connection.ensure_connection()
        connection.connection.set_progress_handler(self._ten_more, 10)
        return self

    def _ten_more(self) -> int:
        self.count += 10
        return 0

    def __exit__(self, *failure: object) -> None:
        connection.connection.set_progress_handler(None, 0)


@dataclass(frozen=True)
class Cost:
    """What a page took: queries, SQLite's steps, and what its plan says of the drawings."""

    queries: int
    steps: int
    plan: tuple[str, ...]
    older: str | None = None
    newer: str | None = None

    def is_too_much(self) -> bool:
        scans = [line for line in self.plan if "SCAN" in line or "TEMP B-TREE" in line]
        # The session, the user, whether they have a role, the page.
        return bool(scans) or self.steps > MOST_STEPS or self.queries > 4


def cost(client: Client, url: str) -> Cost:
    with CaptureQueriesContext(connection) as queries, Steps() as steps:
        response = client.get(url)
    assert response.status_code == 200
    found = response.context or response.json()
    older, newer = ("older", "newer") if response.context else ("next", "previous")
    plan = plans([query["sql"] for query in queries])
    assert plan
    return Cost(len(queries), steps.count, plan, found[older], found[newer])


def plans(queries: list[str]) -> tuple[str, ...]:
    """What SQLite does for those that read drawings."""
    lines: list[str] = []
    with connection.cursor() as cursor:
        for sql in queries:
            if 'FROM "recognizer_drawing"' in sql:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                lines += [row[3] for row in cursor.fetchall()]
    return tuple(lines)


@pytest.mark.slow
@pytest.mark.parametrize("address", ["/history/", "/api/drawings/"])
def test_every_page_of_every_filter_is_found_by_index(many, address):
    client = signed_in(many, Client)
    client.get(address)  # the first time, more is looked up
    slow = {}
    for chosen in FILTERS:
        first = cost(client, f"{address}?{chosen}")
        second = cost(client, first.older) if first.older else None
        back = cost(client, second.newer) if second and second.newer else None
        slow |= {(chosen, one): one for one in (first, second, back) if one and one.is_too_much()}
    assert not slow


def test_the_steps_tell_what_is_read(many):
    """A filter without an index of its own passes by all drawings."""
    with Steps() as steps:
        assert not Drawing.objects.owned_by(many).filter(width=2).order_by("-created_at").first()
    assert steps.count > MOST_STEPS
