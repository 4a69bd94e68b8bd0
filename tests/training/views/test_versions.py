"""Tests the page of versions: the champion, its history, and rollback."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognizer.models import ModelVersion
from tests.people import register
from tests.training.helpers import rows
from tests.training.helpers.staff_users import staff
from training.models import Promotion, TrainingRun
from training.versions import history

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
State = TrainingRun.State


@pytest.fixture
def second(champion) -> ModelVersion:
    """The champion that a run made of the first one."""
    made = rows.version(4, parent=champion, errors=30)
    rows.run(State.PROMOTED, days_ago=2, champion=champion, challenger=made)
    made.refresh_from_db()
    return made


@pytest.fixture
def refused(second) -> ModelVersion:
    made = rows.version(3, parent=second)
    rows.run(State.REJECTED, days_ago=1, champion=second, challenger=made)
    return made


def html(page: Client, url: str = "/versions/") -> str:
    response = page.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_versions_are_shown_with_what_they_came_of(page, champion, second, refused):
    shown = " ".join(html(page).split())
    assert f"Version {second.pk}</strong> is in use." in shown
    assert f'href="#version-{champion.pk}">version {champion.pk}</a>' in shown
    assert shown.count('<li class="panel"') == 3
    assert "99.70%" in shown
    assert shown.count('class="lineage"') == 1


BADGE = 'class="badge challenger"'


@pytest.mark.parametrize(
    ("state", "waits"), [(State.EVALUATING, True), (State.REJECTED, False), (State.FAILED, False)]
)
def test_a_challenger_is_called_so_while_it_waits(page, second, state, waits):
    """The alias stays with it until the next one comes."""
    made = rows.version(3, parent=second)
    made.refresh_from_db()
    rows.run(state, champion=second, challenger=made)
    assert made.alias == ModelVersion.Alias.CHALLENGER
    shown = html(page)
    assert (BADGE in shown) == (f"Version {made.pk}, challenger" in shown) == waits


def test_nor_is_one_whose_run_let_it_go(page, second):
    rows.version(3, parent=second)
    assert BADGE not in html(page)


def test_what_came_with_the_site_waits_for_a_word(page, second):
    register(5)
    assert BADGE in html(page)


def test_what_never_answered_needs_a_reason(page, second, refused):
    shown = html(page)
    assert f"Promote version {refused.pk} anyway" in shown
    assert f"Roll back to version {refused.pk}" not in shown
    response = page.post(f"/versions/{refused.pk}/champion/", follow=True)
    assert "The gate refused" in response.content.decode()
    assert ModelVersion.objects.champion() == second
    page.post(f"/versions/{refused.pk}/champion/", {"reason": "It was mislabelled."})
    assert ModelVersion.objects.champion() == refused


@pytest.mark.parametrize(
    ("reason", "said"), [("a\0b", "Null characters"), ("a" * 1_001, "at most 1000 characters")]
)
def test_a_reason_that_cannot_be_kept_is_refused(page, refused, second, reason, said):
    response = page.post(f"/versions/{refused.pk}/champion/", {"reason": reason}, follow=True)
    assert said in response.content.decode()
    assert ModelVersion.objects.champion() == second


def test_one_click_rolls_back(page, champion, second):
    assert f"Roll back to version {champion.pk}" in html(page)
    response = page.post(f"/versions/{champion.pk}/champion/", follow=True)
    assert f"Version {champion.pk} is now in use." in response.content.decode()
    assert ModelVersion.objects.champion() == champion
    assert Promotion.objects.first().by == staff()


def test_after_a_rollback_the_newer_one_is_not_called_older(page, champion, second):
    page.post(f"/versions/{champion.pk}/champion/")
    shown = html(page)
    assert f"Use this version, {second.pk}" in shown
    assert "Roll back" not in shown


def test_the_champion_is_not_promoted_again(page, second):
    response = page.post(f"/versions/{second.pk}/champion/", follow=True)
    assert "is in use already" in response.content.decode()


def test_when_each_answered(champion, second, page):
    page.post(f"/versions/{champion.pk}/champion/")
    spans = history.tenures([champion, second])
    first, again = spans[champion.pk]
    [between] = spans[second.pk]
    assert first.promotion is None
    assert first.end == between.start
    assert between.end == again.start
    assert again.end is None


def test_the_page_reads_nothing_long_of_runs(page, second, refused):
    page.post(f"/versions/{second.parent_id}/champion/")
    with CaptureQueriesContext(connection) as queries:
        html(page)
    asked = "\n".join(query["sql"] for query in queries)
    assert '"training_trainingrun"' in asked
    for column in ("evidence", "curve", "decision"):
        assert f'"{column}"' not in asked


def test_however_often_staff_changed_their_mind(page, champion, second, monkeypatch):
    """The last times are read, of the versions that the page shows."""
    monkeypatch.setattr(history, "MOST_TENURES", 3)
    for _ in range(3):
        for version in (champion, second):
            page.post(f"/versions/{version.pk}/champion/")
    spans = history.tenures([champion, second])
    assert len(spans[second.pk]) + len(spans[champion.pk]) == 3 + 1
    assert spans[second.pk][-1].end is None
    assert spans[champion.pk][-1].end == spans[second.pk][-1].start
    assert second.pk not in history.tenures([champion])


def test_a_site_with_its_first_version_alone(champion):
    [span] = history.tenures([champion])[champion.pk]
    assert span.end is None


def test_a_site_without_any(page, db):
    assert "No versions yet" in html(page)


@pytest.mark.parametrize(
    ("kind", "begins"), [("onnx", b"\x08"), ("safetensors", b"weights"), ("json", b"{")]
)
def test_files_are_downloaded(page, champion, kind, begins):
    response = page.get(f"/versions/{champion.pk}/model.{kind}")
    assert response.content.startswith(begins)
    assert f'version-{champion.pk}.{kind}"' in response["Content-Disposition"]


@pytest.mark.parametrize("url", ["/versions/99/model.onnx", "/versions/{}/model.exe"])
def test_a_file_that_is_none(page, champion, url):
    assert page.get(url.format(champion.pk)).status_code == 404


def test_what_is_not_there_is_not_promoted(page, champion):
    assert page.post("/versions/99/champion/").status_code == 404
    assert page.get(f"/versions/{champion.pk}/champion/").status_code == 405


def test_a_newer_release_says_that_it_came_with_one(champion, page):
    register(8)
    assert "It came with a newer release." in html(page)


def test_a_promotion_of_which_nothing_is_known_ends_without_a_colon(champion, page):
    """As where the one who promoted left."""
    Promotion.objects.create(version=champion, previous=None)
    assert ": </span>" not in html(page)
    assert ":</span>" not in html(page)
