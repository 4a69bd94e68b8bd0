"""Runs through the API: for staff alone."""

import pytest
from rest_framework.test import APIClient

from tests.people import person, program_of, signed_in
from tests.training.helpers import leases
from training.models import TrainingRun
from training.runs import lifecycle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
RUNS = "/api/runs/"


@pytest.fixture
def staff(db) -> APIClient:
    """A member of staff in a browser."""
    return signed_in(person("rita-of-runs", is_staff=True))


@pytest.fixture
def program(db) -> APIClient:
    """A program of a member of staff."""
    return program_of(person("rolf-of-runs", is_staff=True))


@pytest.mark.parametrize(("client", "trigger"), [("staff", "staff"), ("program", "api")])
def test_a_run_is_asked_for(request, broker, on_commit, client, trigger):
    with on_commit():
        response = request.getfixturevalue(client).post(RUNS)
    assert response.status_code == 201
    said = response.json()
    assert (said["state"], said["trigger"], said["curve"]) == ("queued", trigger, [])
    assert said["asked_by"].startswith("r")
    assert broker.tasks() == [("training.run", [said["id"]])]


def test_a_second_one_is_skipped_and_says_why(staff):
    first = staff.post(RUNS).json()
    second = staff.post(RUNS)
    assert second.status_code == 201
    assert second.json()["state"] == "skipped"
    assert second.json()["reason"] == f"Run {first['id']} is still queued."


def test_without_a_broker_it_is_queued_all_the_same(staff, no_broker, on_commit):
    with on_commit():
        response = staff.post(RUNS)
    assert (response.status_code, response.json()["state"]) == (201, "queued")


def test_a_run_is_watched(staff):
    run = lifecycle.trigger(trigger="staff")
    lease = leases.take(run)
    lease.phase("Fine-tuning", steps=2)
    lease.progress(1, loss=0.5)
    lease.progress(2, loss=0.25, validation=0.9)
    said = staff.get(f"{RUNS}{run.pk}/").json()
    assert (said["state"], said["phase"], said["step"], said["steps"]) == (
        "running",
        "Fine-tuning",
        2,
        2,
    )
    assert said["curve"][-1] == {"step": 2, "loss": 0.25, "accuracy": None, "validation": 0.9}
    assert said["seconds_left"] == 0
    assert 0 <= said["heartbeat_age"] < 5


def test_runs_are_listed_newest_first_without_their_curves(staff):
    made = [staff.post(RUNS).json()["id"] for _ in range(3)]
    found = staff.get(RUNS).json()["results"]
    assert [one["id"] for one in found] == made[::-1]
    assert "curve" not in found[0]


def test_a_list_asks_the_database_as_often_for_many_as_for_one(
    staff, django_assert_max_num_queries
):
    for _ in range(10):
        staff.post(RUNS)
    with django_assert_max_num_queries(5):
        staff.get(RUNS)


def test_a_run_is_cancelled(staff):
    made = staff.post(RUNS).json()
    said = staff.post(f"{RUNS}{made['id']}/cancel/")
    assert (said.status_code, said.json()["state"]) == (200, "cancelled")


def test_a_run_in_a_workers_hands_is_asked_to_end(staff):
    run = lifecycle.trigger(trigger="staff")
    leases.take(run)
    said = staff.post(f"{RUNS}{run.pk}/cancel/").json()
    assert (said["state"], said["cancel_asked"]) == ("running", True)


def test_what_is_over_cannot_be_cancelled(staff):
    run = TrainingRun.objects.create(trigger="staff", state="rejected")
    response = staff.post(f"{RUNS}{run.pk}/cancel/")
    assert response.status_code == 409
    assert response.json() == {"error": f"Run {run.pk} is over: rejected.", "code": "over"}


@pytest.mark.parametrize("number", ["999", "9" * 19, "x"])
def test_a_run_that_does_not_exist_is_not_found(staff, number):
    assert staff.get(f"{RUNS}{number}/").status_code == 404
