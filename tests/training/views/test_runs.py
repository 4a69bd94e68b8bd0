"""Runs' pages: staff, a stranger, nobody, bad input. Looks are tested in a browser."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from recognizer.models import Drawing, ModelVersion
from tests.people import signed_in
from tests.training.helpers import rows
from tests.training.helpers.staff_users import staff
from training.datasets import erasure
from training.models import Promotion, TrainingRun
from training.runs.training_curve import MOST_POINTS
from training.wording import outlook_in_words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
State = TrainingRun.State


@pytest.fixture
def drawings(champion, anna) -> list[Drawing]:
    return [
        rows.drawing(anna, days_ago=9 - n, version=champion, digit=7, truth=(7, 4)[n % 2])
        for n in range(8)
    ]


@pytest.fixture
def rejected(champion, drawings) -> TrainingRun:
    return rows.run(
        State.REJECTED,
        dataset=rows.dataset(drawings),
        champion=champion,
        challenger=rows.version(4, parent=champion),
        evidence=rows.evidence(fixed=drawings[:3], broken=drawings[3:5], lost=drawings[5:6]),
        decision=rows.decision(refused_by="regressions"),
        curve=rows.CURVE,
    )


def html(page: Client, url: str, status: int = 200) -> str:
    response = page.get(url)
    assert response.status_code == status
    return response.content.decode()


def test_posting_needs_the_token(champion):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff())
    assert client.post("/runs/train/").status_code == 403
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize("tail", ["train/", "1/cancel/", "1/promote/"])
def test_what_changes_something_is_posted(page, tail):
    assert page.get(f"/runs/{tail}").status_code == 405


def test_what_is_not_there(page):
    assert page.get("/runs/77/").status_code == 404
    assert page.get("/runs/77/metrics.json").status_code == 404
    assert page.post("/runs/77/cancel/").status_code == 404
    assert page.post("/runs/77/promote/", {"reason": "why not"}).status_code == 404


def test_an_empty_list_says_what_a_run_is(page):
    assert "No runs yet" in html(page, "/runs/")


def test_the_list_tells_each_in_one_line(page, rejected):
    rows.run(State.SKIPPED, reason="The same labels as in run 1.")
    shown = html(page, "/runs/")
    assert "It loses what reviewers had found" in shown
    assert "The same labels as in run 1." in shown
    assert shown.index("The same labels") < shown.index("It loses what")
    assert "2 min 30 s" in shown


@pytest.mark.parametrize("state", [State.REJECTED, State.FAILED])
def test_a_run_that_did_not_end_as_the_gate_decided_says_why(page, champion, state):
    run = rows.run(
        state, champion=champion, decision=rows.decision(), reason="Another version answers now."
    )
    for address in ("/runs/", f"/runs/{run.pk}/"):
        shown = html(page, address)
        assert "Another version answers now." in shown
        assert "It reads people&#x27;s drawings better" not in shown


def test_the_list_tells_what_is_new(page, champion, drawings):
    last = rows.run(State.REJECTED, labels_until=drawings[4].label_id)
    shown = " ".join(html(page, "/runs/").split())
    assert "3 new labels</strong> since" in shown
    assert f"run {last.pk}</a>" in shown


SKIPPED = "A run started now would be skipped"


def test_that_a_run_would_be_skipped_is_said_when_it_is_so(page, champion, drawings, anna):
    """By the words of what a run itself does: training/runs/steps/pipeline.py."""
    assert SKIPPED not in html(page, "/runs/")
    learnt = rows.dataset(drawings)
    until = drawings[-1].label_id
    rows.run(State.REJECTED, champion=champion, dataset=learnt, labels_until=until)
    assert SKIPPED in html(page, "/runs/")
    rows.run(State.SKIPPED, reason="Nothing new.", labels_until=until)
    assert SKIPPED in html(page, "/runs/")
    rows.drawing(anna, truth=7)
    assert SKIPPED not in html(page, "/runs/")


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.SKIPPED])
def test_what_came_to_nothing_does_not_say_so(page, champion, drawings, state):
    until = drawings[-1].label_id
    rows.run(state, dataset=rows.dataset(drawings), labels_until=until)
    shown = " ".join(html(page, "/runs/").split())
    assert SKIPPED not in shown
    assert ("8 new labels</strong> so far" in shown) == (state != State.SKIPPED)


def test_nor_is_it_said_when_labels_went_or_were_given_anew(page, champion, drawings):
    until = drawings[-1].label_id
    rows.run(State.REJECTED, champion=champion, dataset=rows.dataset(drawings), labels_until=until)
    drawings[3].delete()
    assert SKIPPED not in html(page, "/runs/")


def test_nor_where_the_gate_would_be_asked_again(page, champion, drawings):
    rows.run(
        State.REJECTED,
        dataset=rows.dataset(drawings),
        labels_until=drawings[-1].label_id,
        decision=rows.decision(),  # it let it through, but another answered already
    )
    assert SKIPPED not in html(page, "/runs/")


def test_a_run_says_how_long_the_last_one_took_in_all(page):
    run = rows.run(State.RUNNING, phase="Fine-tuning")
    assert "<dt>In all</dt><dd>minutes</dd>" in html(page, f"/runs/{run.pk}/")
    ended = timezone.now() - dt.timedelta(hours=3)
    began = ended - dt.timedelta(minutes=6, seconds=5)
    last = rows.run(State.REJECTED, started_at=began, ended_at=ended)
    shown = html(page, f"/runs/{run.pk}/")
    assert f"<dt>In all, going by run {last.pk}</dt><dd>6 min 05 s</dd>" in shown


HELD = {"phase": "Fine-tuning", "steps": 9, "attempt": 1}


@pytest.mark.parametrize(
    ("fields", "fate"),
    [
        ({}, "sent on to another"),
        ({"attempt": 3}, "given up"),
        ({"cancel_asked": True}, "cancelled without it"),
    ],
)
def test_a_worker_without_a_heartbeat_is_reported_and_nothing_counts_down(page, fields, fate):
    now = timezone.now()
    ends = now + dt.timedelta(seconds=40)
    run = rows.run(State.RUNNING, heartbeat_at=now, phase_ends_at=ends, **(HELD | fields))
    assert "Nothing has been heard" not in html(page, f"/runs/{run.pk}/")
    assert page.get(f"/api/runs/{run.pk}/").json()["stale_worker"] == ""
    TrainingRun.objects.update(heartbeat_at=now - dt.timedelta(seconds=16))
    words = "Nothing has been heard from its worker for over 15 s. After 30 s the run is "
    shown = html(page, f"/runs/{run.pk}/")
    assert f"{words}{fate}." in shown and 'data-part="left">\N{EN DASH}<' in shown
    assert page.get(f"/api/runs/{run.pk}/").json()["stale_worker"] == f"{words}{fate}."


@pytest.mark.parametrize(
    ("state", "steps", "heard", "moves"),
    [
        (State.RUNNING, 0, 1, True),
        (State.EVALUATING, 0, 1, True),
        (State.RUNNING, 9, 1, False),
        (State.RUNNING, 0, 20, False),
        (State.QUEUED, 0, 1, False),
    ],
)
def test_where_no_steps_are_known_the_bar_only_moves(page, state, steps, heard, moves):
    heartbeat_at = timezone.now() - dt.timedelta(seconds=heard)
    run = rows.run(state, steps=steps, heartbeat_at=heartbeat_at)
    [bar] = re.findall("<progress[^>]*>", html(page, f"/runs/{run.pk}/"))
    assert ("value=" not in bar) == moves


def test_the_list_has_pages(page):
    for _ in range(27):
        rows.run(State.SKIPPED, reason="Nothing new.")
    assert html(page, "/runs/").count("<li data-state") == 25
    assert html(page, "/runs/?page=2").count("<li data-state") == 2
    assert html(page, "/runs/?page=nonsense").count("<li data-state") == 25


def test_a_list_reads_no_evidence(page, rejected, django_assert_max_num_queries):
    with django_assert_max_num_queries(21):
        html(page, "/runs/")


def test_the_button_makes_a_run(page, champion, on_commit):
    with on_commit():
        response = page.post("/runs/train/")
    made = TrainingRun.objects.get()
    assert (made.trigger, made.asked_by) == ("staff", staff())
    assert response["Location"] == f"/runs/{made.pk}/"


def test_a_second_click_leads_to_the_run_at_work(page, champion):
    active = rows.run(State.RUNNING)
    response = page.post("/runs/train/", follow=True)
    assert response.redirect_chain[-1][0] == f"/runs/{active.pk}/"
    assert "was skipped" in response.content.decode()
    assert f"Watch run {active.pk}" in html(page, "/runs/")


def test_a_run_at_work_is_followed(page):
    active = rows.run(State.RUNNING, phase="Fine-tuning", step=3, steps=9, curve=rows.CURVE[:2])
    shown = html(page, f"/runs/{active.pk}/")
    assert f'data-url="/runs/{active.pk}/"' in shown
    assert "Fine-tuning" in shown
    assert "Cancel this run" in shown
    assert shown.count("<path class=") == 2


def live_part(page: Client, run: TrainingRun, drawn: str = "", status: int = 200) -> str:
    url = f"/runs/{run.pk}/?curves={drawn}"
    response = page.get(url, headers={"X-Fragment": "1"})
    assert response.status_code == status
    assert "X-Fragment" in response["Vary"]
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def test_the_live_part_comes_alone_with_words_and_curves(page):
    begun = timezone.now() - dt.timedelta(seconds=125)
    active = rows.run(
        State.RUNNING, phase="Fine-tuning", step=1500, steps=9000, started_at=begun,
        ended_at=None, curve=rows.CURVE,
    )  # fmt: skip
    shown = live_part(page, active)
    assert "<html" not in shown
    assert "1,500 of 9,000" in shown
    assert ">2 min 05 s<" in shown
    assert shown.count("<svg") == 2


def test_curves_are_sent_again_only_when_they_changed(page):
    active = rows.run(State.RUNNING, curve=rows.CURVE[:3])
    [key] = re.findall('data-key="(.*?)"', live_part(page, active))
    unchanged = live_part(page, active, key)
    assert "<svg" not in unchanged
    assert len(unchanged) < 3000
    TrainingRun.objects.filter(pk=active.pk).update(curve=rows.CURVE[:4])
    assert "<svg" in live_part(page, active, key)


def test_a_full_curve_is_small_enough_for_every_second(page):
    curve = [
        {"step": n, "loss": 1 / n, "accuracy": 1 - 1 / n, "validation": [None, 0.98][n % 10 == 0]}
        for n in range(1, MOST_POINTS + 1)
    ]
    active = rows.run(State.RUNNING, curve=curve)
    assert len(live_part(page, active)) < len(page.get(f"/api/runs/{active.pk}/").content)


def test_the_live_part_ends_with_the_run(page, rejected):
    assert live_part(page, rejected, status=204) == ""


def test_a_run_is_cancelled(page):
    active = rows.run(State.RUNNING)
    assert page.post(f"/runs/{active.pk}/cancel/")["Location"] == f"/runs/{active.pk}/"
    active.refresh_from_db()
    assert active.cancel_asked


def test_a_run_that_is_over_is_not_cancelled(page, rejected):
    response = page.post(f"/runs/{rejected.pk}/cancel/", follow=True)
    assert "nothing to cancel" in response.content.decode()


def test_a_decision_is_shown_in_words_and_figures(page, rejected):
    shown = html(page, f"/runs/{rejected.pk}/")
    assert shown.count('data-passed="yes"') == 8
    assert shown.count('data-passed="no"') == 1
    assert "cross-validation" in shown
    assert "41 of 500 wrong" in shown
    assert "22 of 500 wrong" in shown
    assert "?state=set_aside" in shown or "Set aside" in shown


def test_pictures_of_deleted_drawings_are_left_out(page, rejected, drawings):
    fixed, broken = drawings[0].pk, drawings[3].pk
    drawings[1].delete()
    shown = html(page, f"/runs/{rejected.pk}/")
    assert f'alt="Drawing {fixed}"' in shown
    assert f'alt="Drawing {broken}"' in shown
    assert 'id="fixed">Fixed: 3' in shown
    assert "Only 2 can still be shown" in shown
    assert shown.count('<img class="ink"') == 5


def test_a_count_stays_when_what_was_deleted_is_forgotten(page, rejected, drawings):
    drawings[1].delete()
    erasure.forget_deleted()
    shown = html(page, f"/runs/{rejected.pk}/")
    assert 'id="fixed">Fixed: 3' in shown
    assert "Only 2 can still be shown" in shown


def test_drawings_of_who_said_no_since_are_not_shown(page, rejected, drawings, anna):
    url = f"/runs/drawings/{drawings[0].pk}/"
    assert page.get(url).status_code == 200
    anna.teaches = False
    anna.save()
    shown = html(page, f"/runs/{rejected.pk}/")
    assert 'id="fixed">Fixed: 3' in shown
    assert '<img class="ink"' not in shown
    assert page.get(url).status_code == 404


@pytest.mark.parametrize("state", [State.SKIPPED, State.FAILED, State.CANCELLED])
def test_a_run_without_evidence_says_why(page, state):
    done = rows.run(state, reason="Because of that.")
    shown = html(page, f"/runs/{done.pk}/")
    assert "Because of that." in shown and "Statistics" not in shown


def test_evidence_may_lack_what_could_not_be_measured(page, rejected):
    rejected.evidence = {"mnist": rejected.evidence["mnist"], "telling": None, "drawings": None}
    rejected.save()
    assert "34 of 10,000 wrong" in html(page, f"/runs/{rejected.pk}/")


def test_promotion_against_the_gate_needs_a_reason(page, rejected, champion):
    response = page.post(f"/runs/{rejected.pk}/promote/", {"reason": "  "})
    assert response.status_code == 400
    assert "Say why" in response.content.decode()
    assert ModelVersion.objects.champion() == champion


def test_promotion_against_the_gate_is_on_record(page, rejected):
    page.post(f"/runs/{rejected.pk}/promote/", {"reason": "They were mislabelled."})
    assert ModelVersion.objects.champion() == rejected.challenger
    record = Promotion.objects.get(version=rejected.challenger)
    assert (record.by, record.reason) == (staff(), "They were mislabelled.")
    shown = html(page, f"/runs/{rejected.pk}/")
    assert "They were mislabelled." in shown
    assert "anyway" not in shown


def test_a_run_without_a_version_promotes_nothing(page, champion):
    done = rows.run(State.FAILED, reason="It broke.")
    response = page.post(f"/runs/{done.pk}/promote/", {"reason": "why not"}, follow=True)
    assert "no version that could be promoted" in response.content.decode()


def test_all_figures_come_as_json(page, rejected):
    response = page.get(f"/runs/{rejected.pk}/metrics.json")
    assert response["Content-Disposition"].startswith("attachment")
    got = response.json()
    assert got["evidence"]["drawings"]["challenger"]["errors"] == 22
    assert got["dataset"]["counts"]["train"] == 399


def test_staff_see_anybodys_drawing_small(page, drawings):
    url = f"/runs/drawings/{drawings[0].pk}/"
    assert page.get(url)["Content-Type"] == "image/svg+xml"
    assert page.get("/runs/drawings/99999/").status_code == 404


def test_the_way_in_is_shown_to_staff(page, anna):
    assert "Teach</a>" in html(page, "/")
    assert "Teach</a>" not in html(signed_in(anna, Client), "/")


def test_a_rejection_says_how_many_more_labels_would_help(page, rejected):
    assert "ore labels" not in html(page, f"/runs/{rejected.pk}/")
    figures = {"test": "mcnemar", "fixed": 12, "broken": 6, "p": 0.12, "alpha": 0.05}
    better = {"rule": "better", "passed": False, "words": "Not clear yet.", "figures": figures}
    rejected.decision = rejected.decision | {"verdicts": [better]}
    rejected.save()
    assert "About 500 more labels would be enough" in html(page, f"/runs/{rejected.pk}/")
    figures["p"] = 0.6
    rejected.save()
    assert "More labels may help, but it gains too little" in html(page, f"/runs/{rejected.pk}/")


@pytest.mark.parametrize(
    ("more", "hard", "words"),
    [
        (None, [4], "too little so far to say how many. The digit 4 is misread most."),
        (50, [], "About 50 more labels would be enough, if it keeps improving at this rate."),
        (50, [9], "The digit 9 is misread most."),
        (1200, [4, 9], "About 1,200 more labels"),
        (50, [3, 4, 9], "The digits 3, 4 and 9 are misread most."),
    ],
)
def test_what_would_help_in_words(more, hard, words):
    assert words in outlook_in_words(more, hard)
