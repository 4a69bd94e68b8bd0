"""The queue is as fast with very many drawings as with few: what SQLite does is counted."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.models import Drawing, ModelVersion, User
from tests.people import person
from tests.recognizer.test_history_speed import Steps, answer, plans
from training.review import claims, queue, service, spot_checks
from training.review.queue import Filters

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plans"),
]

FEW, MANY = 600, 2400
INDEXED = [
    Filters(),
    *(Filters(state=state) for state in queue.DOUBTS),
    Filters(state=queue.SET_ASIDE),
]


def draw_many(owner: User, version: ModelVersion, count: int) -> None:
    """Drawings of which two thirds are reviewed, and the others doubted in every way."""
    drawings = Drawing.objects.bulk_create(
        Drawing(
            owner=owner,
            strokes=[],
            width=1,
            height=1,
            margin=[0.1, 0.9][number % 2],
            is_digit=[0.3, 0.3, 0.9, 0.9][number % 4],
            truth_given=number % 5 == 0,
            truth=1,
            reviewed=number % 3 > 0,
            disputed=number % 7 == 0,
        )
        for number in range(count)
    )
    answer([(drawing, 7) for drawing in drawings], version)


def steps(ask) -> int:
    with Steps() as counted:
        ask()
    return counted.count


@pytest.mark.slow
def test_more_drawings_take_no_more_steps(champion, rita, monkeypatch):
    monkeypatch.setattr(queue, "MOST_COUNTED", 200)
    owner = person("carla")
    asked = {
        **{
            f"next of {filters.state or 'all'}": lambda f=filters: list(
                queue.waiting_for(rita, f)[: service.CANDIDATES]
            )
            for filters in INDEXED
        },
        "at random": lambda: spot_checks.draw(rita, random.Random(3)),
        "remaining, beyond what is counted": lambda: queue.remaining(rita),
        "estimate": spot_checks.estimate,
    }
    draw_many(owner, champion, FEW + 2 * queue.MOST_COUNTED * 3)
    before = {name: steps(ask) for name, ask in asked.items()}
    draw_many(owner, champion, MANY)
    after = {name: steps(ask) for name, ask in asked.items()}
    slower = {
        name: (before[name], after[name]) for name in asked if after[name] > 1.3 * before[name]
    }
    assert not slower


@pytest.mark.parametrize("filters", INDEXED[:5], ids=lambda filters: filters.state or "all")
def test_the_order_is_read_from_its_index(champion, rita, filters):
    draw_many(person("carla"), champion, 60)
    with CaptureQueriesContext(connection) as queries:
        list(queue.waiting_for(rita, filters)[: service.CANDIDATES])
    plan = plans([query["sql"] for query in queries])
    assert any("USING INDEX to_review" in line for line in plan), plan
    assert not [line for line in plan if "SCAN" in line or "TEMP B-TREE" in line]


@pytest.mark.slow
def test_a_filter_looks_through_its_window_alone(champion, rita, monkeypatch):
    draw_many(person("carla"), champion, 3000)
    monkeypatch.setattr(queue, "WINDOW", 100)
    rare = Filters(digit="3")
    assert steps(lambda: list(queue.waiting_for(rita, rare)[:10])) < 20_000
    assert list(queue.waiting_for(rita, rare)) == []


def test_a_label_and_a_claim_take_a_bounded_number_of_queries(champion, rita):
    draw_many(person("carla"), champion, 60)
    numbers = list(queue.waiting_for(rita)[:10])
    with CaptureQueriesContext(connection) as claiming:
        claims.claim(rita, numbers)
    with CaptureQueriesContext(connection) as labelling:
        service.label(rita, numbers[0], 3)
    assert len(claiming) <= 6
    assert len(labelling) <= 22
