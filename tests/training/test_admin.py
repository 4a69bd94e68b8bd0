"""The admin of versions, runs and the schedule."""

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import PeriodicTask

from recognizer import registry
from recognizer.accounts import roles
from recognizer.models import ModelVersion
from tests.people import confirmed, grant, person, register, signed_in
from training import tasks
from training.models import Promotion, TrainingRun
from training.runs import lifecycle

pytestmark = pytest.mark.django_db
VERSIONS = "/admin/recognizer/modelversion/"
expires = importlib.import_module("training.migrations.0004_nightly_expires")
nightly = importlib.import_module("training.migrations.0002_every_night")


@pytest.fixture
def chief(db) -> Client:
    return signed_in(person("carl-of-runs", is_staff=True, is_superuser=True), Client)


def promote(client: Client, version: ModelVersion, reason: str = "") -> str:
    action = {"action": "make_champion", "_selected_action": [version.pk], "reason": reason}
    return client.post(VERSIONS, action, follow=True).content.decode()


def test_a_promotion_is_on_record(champion, chief):
    other = register(3, origin="trained")
    assert "is now in use" in promote(chief, other, "For a try.")
    assert ModelVersion.objects.champion() == other
    [record] = Promotion.objects.all()
    assert (record.by.username, record.reason) == ("carl-of-runs", "For a try.")
    assert "For a try." in chief.get("/admin/training/promotion/").content.decode()


def test_against_the_gate_a_reason_is_asked_for(champion, chief):
    assert "Say why" in promote(chief, register(3, origin="trained"))
    assert ModelVersion.objects.champion() == champion


def permission_to_view_versions() -> Permission:
    """Made again where a transactional test before this one has emptied the tables."""
    ContentType.objects.clear_cache()
    kind = ContentType.objects.get_for_model(ModelVersion)
    name = {"name": "Can view model version"}
    return Permission.objects.get_or_create(
        codename="view_modelversion", content_type=kind, defaults=name
    )[0]


@pytest.mark.parametrize("may", [True, False])
def test_who_may_promote_on_the_pages_may_here_and_nobody_else(champion, may):
    viewer = person("viola-of-runs", is_staff=True)
    grant(viewer, *([roles.PROMOTE] if may else []))
    viewer.user_permissions.add(permission_to_view_versions())
    client, other = signed_in(viewer, Client), register(3, origin="trained")
    promote(client, other, "For a try.")
    assert (ModelVersion.objects.champion() == other) == may
    registry.promote(champion)
    client.post(f"/versions/{other.pk}/champion/", {"reason": "For a try."})
    assert (ModelVersion.objects.champion() == other) == may


def test_the_admin_names_tokens_and_permissions_as_the_pages_do(chief):
    assert ">API tokens</a>" in chief.get("/admin/").content.decode()
    review = Permission.objects.get(codename="review_drawing")
    assert review.name == "Can review other people’s drawings"


def test_runs_are_there_to_read(chief):
    run = lifecycle.trigger(trigger="staff")
    assert chief.get("/admin/training/trainingrun/").status_code == 200
    page = chief.get(f"/admin/training/trainingrun/{run.pk}/change/")
    assert page.status_code == 200
    assert chief.get("/admin/training/trainingrun/add/").status_code == 403


def test_the_list_of_runs_says_why_in_short_and_links_each_page(chief):
    long = "The gate refused it. " + "So it was. " * 40
    run = lifecycle.trigger(trigger="staff", asked_by=person("rosa"))
    TrainingRun.objects.filter(pk=run.pk).update(state="rejected", reason=long)
    page = chief.get("/admin/training/trainingrun/").content.decode()
    assert "The gate refused it. So it was." in page and long not in page
    assert "hand (rosa)" in page
    assert f'<a href="/runs/{run.pk}/">Run&nbsp;{run.pk}</a>' in page
    change = chief.get(f"/admin/training/trainingrun/{run.pk}/change/").content.decode()
    assert f'<a href="/runs/{run.pk}/" class="viewsitelink">' in change


def test_lists_read_nothing_long_of_runs(champion, chief):
    run = lifecycle.trigger(trigger="staff")
    Promotion.objects.create(version=champion, run=run, reason="For a try.")
    with CaptureQueriesContext(connection) as queries:
        for name in ("promotion", "trainingrun"):
            assert chief.get(f"/admin/training/{name}/").status_code == 200
    asked = "\n".join(query["sql"] for query in queries)
    assert f"run {run.pk}" in chief.get("/admin/training/promotion/").content.decode()
    for column in ("evidence", "curve", "decision", "manifest"):
        assert f'"{column}"' not in asked


# The schedule ----------------------------------------------------------------------------------


@pytest.fixture
def task() -> PeriodicTask:
    nightly.add(apps, None)
    expires.add(apps, None)
    return PeriodicTask.objects.get(name=nightly.NAME)


def test_the_nightly_run_waits_to_be_switched_on(task):
    assert (task.task, task.enabled) == (tasks.scheduled.name, False)
    nightly.add(apps, None)
    assert PeriodicTask.objects.filter(name=nightly.NAME).count() == 1


def test_a_nightly_run_that_nobody_came_for_is_forgotten(task):
    assert task.expire_seconds == 3600


def test_when_staff_let_it_expire_is_theirs_to_say(task):
    PeriodicTask.objects.update(expire_seconds=60)
    expires.add(apps, None)
    task.refresh_from_db()
    assert task.expire_seconds == 60


def test_staff_edit_the_schedule(task, chief):
    confirmed(chief)
    page = chief.get(f"/admin/django_celery_beat/periodictask/{task.pk}/change/")
    assert page.status_code == 200
    assert "training.scheduled" in page.content.decode()
    action = {"action": "enable_tasks", "_selected_action": [task.pk]}
    chief.post("/admin/django_celery_beat/periodictask/", action)
    task.refresh_from_db()
    assert task.enabled


def test_the_schedule_asks_for_a_run(broker):
    tasks.scheduled()
    assert TrainingRun.objects.get().trigger == "schedule"


def test_what_beat_sends_goes_to_workers_that_are_free(broker):
    """The one that trains is busy for minutes."""
    others = [(name, "recognition") for name in ("tend", "forget", "scheduled")]
    for name, queue in [("run", "training"), *others]:
        task = getattr(tasks, name)
        route = task.app.amqp.router.route({}, task.name)
        assert route["queue"].name == queue


@pytest.mark.parametrize("key", ["x", "", "0", "-1", "9" * 30])
@pytest.mark.parametrize(
    ("address", "action"),
    [
        (VERSIONS, "make_champion"),
        ("/admin/recognizer/drawing/", "relabel"),
        ("/admin/recognizer/drawing/", "delete_selected"),
    ],
)
def test_an_action_on_what_no_row_can_be(champion, chief, address, action, key):
    sent = {"action": action, "label": "3", "_selected_action": [key]}
    answer = chief.post(address, sent, follow=True)
    assert answer.status_code == 200 and "Choose rows of the list." in answer.content.decode()
