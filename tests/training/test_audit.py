"""What those with a role do, and what cannot be undone, is in the audit log, with who did it."""

from functools import partial

import pytest
from django.test import Client

from recognizer.models import AuditEvent, Drawing, User
from recognizer.services import deleting
from tests.people import confirmed, drawn_by, person, register, signed_in
from tests.recognizer.imports.made import checked, jsonl, line
from tests.training.helpers import rows
from training.models import TrainingRun
from training.versions import promotion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
Kind = AuditEvent.Kind
SCHEDULE = {"daily": "on", "hour": "3", "by_labels": "on", "after_labels": "120"}
DELETE = {"action": "delete_selected", "post": "yes", "_selected_action": "{drawing}"}
ACTS = {
    "promotes a version": (
        "/versions/{other}/champion/",
        {"reason": "A try."},
        [(Kind.PROMOTION, "version {other} in place of {champion}")],
    ),
    "rolls back": (
        "/versions/{first}/champion/",
        {},
        [(Kind.PROMOTION, "version {first} in place of {champion}")],
    ),
    "starts a run": ("/runs/train/", {}, [(Kind.RUN, "run {run} started")]),
    "starts a run by API": ("/api/runs/", {}, [(Kind.RUN, "run {run} started")]),
    "cancels a run": ("/runs/{run}/cancel/", {}, [(Kind.RUN, "run {run} cancelled")]),
    "cancels a run by API": ("/api/runs/{run}/cancel/", {}, [(Kind.RUN, "run {run} cancelled")]),
    "chooses when runs start": (
        "/runs/schedule/",
        SCHEDULE,
        [(Kind.SCHEDULE, "every day at 3:00 and after 120 new labels (UTC)")],
    ),
    "imports": (
        "/history/import/{imported}/start/",
        {},
        [(Kind.IMPORT, "import {imported}, of 2 drawings")],
    ),
    "imports by API": (
        "/api/imports/{imported}/start/",
        {},
        [(Kind.IMPORT, "import {imported}, of 2 drawings")],
    ),
    "deletes for ever": (
        "/history/deleted/{deleted}/erase/",
        {},
        [(Kind.ERASED, "1 drawing")],
    ),
    "deletes a drawing of others in the admin": (
        "/admin/recognizer/drawing/",
        DELETE,
        [(Kind.ADMIN, "Deletion: drawing {drawing}"), (Kind.ERASED, "1 drawing")],
    ),
    "gives a role": (
        "/admin/recognizer/user/{person}/change/",
        {
            "username": "dora",
            "is_superuser": "on",
            "is_active": "on",
            "date_joined_0": "2026-01-01",
            "date_joined_1": "10:00:00",
        },
        [(Kind.ROLE, "given: superuser")],
    ),
    "deletes an account": (
        "/admin/recognizer/user/{person}/delete/",
        {"post": "yes"},
        [(Kind.ACCOUNT_DELETED, "user {person}")],
    ),
}


@pytest.fixture
def boss(db) -> User:
    return person("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def numbers(boss) -> dict[str, int]:
    """What there is to act on, by the names that ACTS has for it."""
    first, champion, other = register(7), register(3, origin="trained"), register(5)
    promotion.promote_by_hand(champion, boss, "A test.")
    deleted = drawn_by(boss, answered=False)
    deleting.delete(Drawing.objects.filter(pk=deleted.pk))
    dora = person("dora")
    return {
        "first": first.pk,
        "champion": champion.pk,
        "other": other.pk,
        "deleted": deleted.pk,
        "drawing": drawn_by(dora, answered=False).pk,
        "person": dora.pk,
        "imported": checked(boss, jsonl(line(1), line(2))).pk,
        "run": rows.run(TrainingRun.State.SKIPPED).pk + 1,
    }


@pytest.mark.parametrize("act", ACTS)
def test_what_is_done_is_written_down(boss, numbers, act):
    path, form, expected = ACTS[act]
    if "cancel" in path:
        rows.run(TrainingRun.State.QUEUED)
    page = confirmed(signed_in(boss, Client))
    AuditEvent.objects.all().delete()
    sent = {name: value.format(**numbers) for name, value in form.items()}
    post = partial(page.post, data=sent) if sent else partial(page.generic, "POST")
    answer = post(path.format(**numbers))
    assert answer.status_code < 400, answer.content
    events = AuditEvent.objects.filter(kind__in=[kind for kind, _ in expected])
    written = [(one.kind, one.by, one.about) for one in events.order_by("kind")]
    assert written == [(kind, boss, about.format(**numbers)) for kind, about in expected]
