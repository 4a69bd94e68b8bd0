"""Pages and endpoints that list rows ask the database no more often for many rows than for few.

Not here: what acts on many drawings (`/api/review/many/`), where each is a change of its own, and
exports of uploads, which are fetched one by one because each may have megabytes.
"""

import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib import admin
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from redis.client import Monitor

from recognizer import export, registry
from recognizer.answers import exemplars, serving
from recognizer.answers.stored import answer_tasks, worker
from recognizer.api.requests import known_callers
from recognizer.models import ApiToken, Drawing, Import, ImportRow, ModelVersion, User
from recognizer.services import deleting, saving
from tests.brokers import Broker
from tests.people import INK, confirmed, person
from tests.project.routes import routes
from tests.recognizer.images import encoded, seven
from tests.training.helpers import rows
from training.datasets import revisions
from training.models import Claim, DatasetRevision, TrainingRun
from training.review import embeddings, service

FEW, MORE = 2, 4  # more than doubles what every list shows

# The dashboard finds where a day begins by bisection: steps by the logarithm of the rows.
BISECTION = "ORDER BY 1 ASC LIMIT 1"
LISTS = {
    "draw page": "/",
    "lately deleted": "/history/deleted/",
    "API: lately deleted": "/api/drawings/deleted/",
    "history": "/history/",
    "imports": "/history/import/",
    "import, looked through": "/history/import/{looked_through}/",
    "API: imports": "/api/imports/",
    "API: import": "/api/imports/{looked_through}/",
    "history, filtered": "/history/?state=wrong",
    "drawing page": "/drawings/{drawing}/",
    "use of a drawing": "/usage/{drawing}/",
    "use of drawings": "/usage/",
    "account and its tokens": "/account/",
    "exemplars": "/account/shapes/",
    "export as CSV": "/history/export/?type=csv",
    "export as JSON lines": "/history/export/?type=jsonl&state=wrong",
    "export as PNGs": "/history/export/?type=zip&state=wrong",
    "review page": "/review/",
    "review grid": "/review/grid/",
    "review grid, disputed": "/review/grid/?state=disputed",
    "review grid, set aside": "/review/grid/?state=set_aside",
    "runs": "/runs/",
    "run page": "/runs/{run}/",
    "run figures": "/runs/{run}/metrics.json",
    "versions": "/versions/",
    "dashboard": "/dashboard/",
    "API: drawings": "/api/drawings/",
    "API: drawing": "/api/drawings/{drawing}/",
    "API: export as CSV": "/api/drawings/export/?type=csv",
    "API: export as JSON lines": "/api/drawings/export/?type=jsonl&state=wrong",
    "API: export as PNGs": "/api/drawings/export/?type=zip&state=wrong",
    "API: tokens": "/api/tokens/",
    "API: exemplars": "/api/exemplars/",
    "API: runs": "/api/runs/",
    "API: run": "/api/runs/{run}/",
    "API: review": "/api/review/next/?n=48",
    "API: review, disputed": "/api/review/next/?n=48&state=disputed",
    "API: review, disagreed": "/api/review/next/?n=48&state=disagreed",
    "API: review, set aside": "/api/review/next/?n=48&state=set_aside",
}
OURS = {config.name for config in apps.get_app_configs()} & {"recognizer", "training"}
LISTS |= {
    f"admin: {model._meta.verbose_name_plural}": reverse(
        f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    )
    for model in admin.site._registry
    if model._meta.app_label in OURS
}


@dataclass
class GrowingSite:
    """A site with rows of every kind; `boss` sees all lists, and `grow` makes each longer."""

    boss: User
    other: User
    drawing: Drawing
    run: TrainingRun
    dataset: DatasetRevision
    versions: list[ModelVersion]
    looked_through: Import
    people: Iterator[int] = field(default_factory=lambda: iter(range(1000)))

    def grow(self, count: int) -> None:
        for number in (next(self.people) for _ in range(count)):
            owner = person(f"owner{number}")
            self._grow_versions(number, owner)
            self._grow_drawings(owner)
            Import.objects.create(owner=self.boss, state="done")
            self._grow_rows(number)
            for one in (owner, self.boss):
                ApiToken.objects.create(user=one, name=f"token {number}")
        self._make_exemplars()

    def _grow_versions(self, number: int, owner: User) -> None:
        """A promoted run's version, which comes of the one before and answers one drawing too."""
        parent = self.versions[-1]
        made = rows.version(3, sure=0.9 + number / 1000, parent=parent)
        self.versions.append(made)
        rows.run(
            "promoted",
            challenger=made,
            champion=parent,
            asked_by=owner,
        )
        rows.predict(self.drawing, made, digit=3, heard=False)
        rows.label(self.drawing, number % 10)

    def _make_exemplars(self) -> None:
        """Of all that the boss has labelled, under the newest champion."""
        serving.model_cache.expire()
        for drawing in Drawing.objects.owned_by(self.boss).filter(truth_given=True):
            exemplars.follow_label(drawing)

    def _grow_rows(self, number: int) -> None:
        content = json.dumps(INK).encode()
        for place, fields in enumerate(({"state": "ready"}, {"state": "refused"})):
            ImportRow.objects.create(
                source=self.looked_through,
                number=2 * number + place,
                is_picture=False,
                content=content,
                **fields,
            )

    def _grow_drawings(self, owner: User) -> None:
        by = {"version": self.versions[0]}
        rows.drawing(self.boss, truth=1, **by)
        deleted = rows.drawing(self.boss, truth=1, **by)
        deleting.delete(Drawing.objects.filter(pk=deleted.pk))
        saving.keep_image(owner=self.boss, content=encoded(seven()))
        disputed = rows.drawing(owner, truth=3, digit=3, **by)
        rows.label(disputed, 5, role="reviewer", author=self.other)
        aside = rows.drawing(owner, truth=4, **by)
        rows.use(aside, self.dataset, set_aside="doubted")
        saving.keep_image(owner=owner, content=encoded(seven()))
        seen = [disputed, aside, rows.drawing(owner, digit=None, confidence=0.4, **by)]
        known = self.run.evidence
        fixed = [*Drawing.objects.filter(pk__in=known.get("fixed", [])), *seen]
        self.run.evidence = rows.evidence(fixed=fixed, broken=fixed, lost=fixed)
        self.run.save()

    def _places(self) -> dict[str, int]:
        return {
            "drawing": self.drawing.pk,
            "run": self.run.pk,
            "looked_through": self.looked_through.pk,
        }

    def queries(self, address: str) -> list[str]:
        """What the database is asked by somebody who comes to a process that has a champion."""
        for cache in caches.all():
            cache.clear()
        embeddings._remembered.clear()
        Claim.objects.all().delete()
        client = Client()
        client.force_login(self.boss)
        confirmed(client)
        serving.warm()
        with CaptureQueriesContext(connection) as seen:
            response = client.get(address.format(**self._places()))
            assert response.status_code == 200
            b"".join(response)
        return [query["sql"] for query in seen.captured_queries if BISECTION not in query["sql"]]


@pytest.fixture
def site(db, broker, settings, monkeypatch: pytest.MonkeyPatch) -> GrowingSite:
    settings.CHAMPION_CHECK_SECONDS = 3600
    # A random place of the queue takes queries of its own, few of them, whatever there is.
    monkeypatch.setattr(service, "RANDOM_SHARE", 0.0)
    # A repeated export is not recorded, and takes one query less.
    monkeypatch.setattr(export, "EXPORTED_ONCE_IN", dt.timedelta(0))
    boss = person("boss", is_staff=True, is_superuser=True)
    first = rows.version(7, origin="shipped")
    dataset = rows.dataset()
    run = rows.run("rejected", champion=first, dataset=dataset)
    drawing = rows.drawing(boss, version=first, truth=1)
    other = person("other", is_staff=True)
    looked_through = Import.objects.create(owner=boss, state="checked")
    return GrowingSite(boss, other, drawing, run, dataset, [first], looked_through)


def test_every_list_of_the_api_is_among_these() -> None:
    found = {
        f"/{route.rstrip('$')}"
        for route, view in routes()
        if getattr(view, "actions", {}).get("get") == "list"
    }
    assert "/api/drawings/" in found
    assert found - set(LISTS.values()) == set()


@pytest.mark.slow
def test_longer_lists_take_no_more_queries(site: GrowingSite) -> None:
    site.grow(FEW)
    few = {name: len(site.queries(address)) for name, address in LISTS.items()}
    site.grow(MORE)
    many = {name: site.queries(address) for name, address in LISTS.items()}
    assert {name: many[name] for name in LISTS if len(many[name]) != few[name]} == {}


def test_a_long_lineage_takes_no_more_queries(site: GrowingSite) -> None:
    def asked() -> int:
        youngest = ModelVersion.objects.get(pk=site.versions[-1].pk)
        with CaptureQueriesContext(connection) as seen:
            assert revisions.pretrained_ancestor(youngest) == site.versions[0]
            revisions.training_drawings(youngest)
        return len(seen)

    site.grow(FEW)
    few = asked()
    site.grow(MORE)
    assert asked() == few


# With the apps named Django empties tables by CASCADE: one of knox's stands, though swapped out.
@pytest.mark.django_db(transaction=True, available_apps=django_settings.INSTALLED_APPS)
@pytest.mark.slow
def test_to_keep_a_drawing_takes_one_statement_and_at_most_three_round_trips(
    broker, settings, monkeypatch
):
    monkeypatch.setattr(answer_tasks, "SENT_SECONDS", 60)  # however slow the machine is
    monkeypatch.setattr(known_callers, "SECONDS", 60)
    settings.CHAMPION_CHECK_SECONDS = 3600
    registry.register_shipped()
    client = Client()
    client.force_login(person("anna"))

    def post(wait: int) -> None:
        client.post("/api/drawings/", INK, "application/json", headers={"Prefer": f"wait={wait}"})

    def keep(wait: int) -> list[str]:
        with CaptureQueriesContext(connection) as seen, broker.client.monitor() as monitor:
            post(wait)
            commands = _commands(broker, monitor)
        tables = [query["sql"].partition('"')[2].partition('"')[0] for query in seen]
        assert tables == ["recognizer_drawing"] * (2 if wait else 1)  # the second reads the answer
        return commands

    left = 60 - time.time() % 60  # of the minute in which requests are counted
    time.sleep(left if left < 5 else 0)
    post(wait=1)  # connects, and loads the champion
    assert keep(wait=1) == ["SET", "BLPOP"]
    assert keep(wait=0) == ["SET"]
    worker.answer_waiting()
    assert keep(wait=1) == ["SET", "LPUSH", "BLPOP"]


def _commands(broker: Broker, monitor: Monitor) -> list[str]:
    """What the broker did, but for new connections, in these tests' database: a site of theirs may
    use another."""
    broker.client.echo("the end")
    own = broker.client.get_connection_kwargs().get("db", 0)
    seen = takewhile(lambda one: one["command"] != "ECHO the end", iter(monitor.next_command, None))
    commands = [one["command"].split()[0] for one in seen if one["db"] == own]
    return [one for one in commands if one not in ("HELLO", "CLIENT", "SELECT")]
