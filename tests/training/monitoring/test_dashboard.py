"""Tests the dashboard's figures and its page."""

import datetime as dt

import pytest
from django.utils import timezone

from recognizer.answers.stored import worker
from recognizer.models import Drawing, Label, User
from recognizer.services import labelling
from tests.people import person
from tests.recognizer.imports.made import imported, jsonl, line
from tests.training.helpers import rows
from tests.training.helpers.staff_users import staff_client
from training.models import SpotCheck, TrainingRun
from training.monitoring import drift, metrics, recent_rows
from training.monitoring.drift import FeatureDrift
from training.monitoring.metrics import LearningPoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
State = TrainingRun.State


@pytest.fixture
def dora(db) -> User:
    return person("dora-of-dashboard")


# Rows of the last days --------------------------------------------------------------------------


@pytest.mark.parametrize("days_ago", [0.5, 3.5, 9.5, 40])
def test_the_first_row_since_a_moment(dora, days_ago):
    for ago in (30, 10, 9, 4, 3, 1):
        rows.drawing(dora, days_ago=ago)
    Drawing.objects.order_by("pk")[2].delete()
    moment = timezone.now() - dt.timedelta(days=days_ago)
    first = recent_rows.first_since(Drawing.objects.all(), moment)
    later = Drawing.objects.filter(created_at__gte=moment)
    assert list(Drawing.objects.filter(pk__gte=first)) == list(later)


def test_no_row_at_all():
    assert recent_rows.first_since(Drawing.objects.all(), timezone.now()) == 1


def test_a_sample_is_spread_evenly(dora, monkeypatch):
    monkeypatch.setattr(recent_rows, "TOGETHER", 2)
    kept = [rows.drawing(dora).pk for _ in range(20)]
    everything = Drawing.objects.order_by("pk")

    def chosen(most: int) -> list[int]:
        found = recent_rows.sample(everything, since=kept[0], most=most)
        return [one.pk - kept[0] for one in found]

    assert chosen(6) == [0, 1, 10, 11]
    assert chosen(12) == [0, 1, 4, 5, 8, 9, 12, 13, 16, 17]
    assert chosen(20) == list(range(20))


# Labels per day -----------------------------------------------------------------------------------


def test_labels_by_day_and_role(dora):
    for ago, role in [(40, "owner"), (2, "owner"), (2, "owner"), (2, "reviewer"), (0, "owner")]:
        rows.drawing(dora, days_ago=ago, truth=4, role=role)
    labelling.withdraw_label(Drawing.objects.latest("created_at"))  # that is no label
    days = metrics.labels_by_day(30)
    assert len(days) == 30
    assert days[-1].day == timezone.now().date()
    assert (days[-3].owners, days[-3].reviewers) == (2, 1)
    assert sum(day.owners + day.reviewers for day in days) == 4


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Kathmandu"])
def test_the_days_of_charts_are_the_readers(dora, zone, champion):
    """Labelled and drawn a minute before their midnight, and a minute after."""
    with timezone.override(zone):
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        for minutes in (-1, 1):
            moment = midnight + dt.timedelta(minutes=minutes)
            one = rows.drawing(dora, version=champion, digit=7, truth=4)
            Drawing.objects.filter(pk=one.pk).update(created_at=moment)
            Label.objects.filter(drawing=one).update(created_at=moment)
        labelled, drawn = metrics.labels_by_day(7), metrics.confidence_by_day(7)
    assert [day.owners for day in labelled[-2:]] == [1, 1]
    assert [day.day for day in labelled[-2:]] == [day.day for day in drawn]
    assert drawn[-1].day == midnight.date()


def test_each_time_zone_has_charts_of_its_own(dora):
    client = staff_client()
    shown = []
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):  # 25 hours apart
        client.cookies["timezone"] = zone
        shown.append(client.get("/dashboard/").content.decode().partition("Labels per day")[2])
    assert shown[0] != shown[1]


# Wrong in use -----------------------------------------------------------------------------------


def test_wrong_in_use_by_version(dora, champion):
    second = rows.version(4, parent=champion)
    for digit, truth in [(7, 7), (7, 7), (7, 4), (None, 4), (None, None)]:
        rows.drawing(dora, version=champion, digit=digit, truth=truth)
    rows.drawing(dora, version=second, digit=4, truth=4)
    rows.drawing(dora, version=second, digit=4)
    rows.drawing(dora, truth=4)
    new, old = metrics.errors_in_use()
    assert (old.version, old.count, old.wrong, old.unsure) == (champion.pk, 5, 2, 1)
    assert (new.version, new.count, new.wrong, new.unsure) == (second.pk, 1, 0, 0)
    low, high = old.interval
    assert low < old.share == 0.4 < high


def test_what_is_imported_hides_nothing_of_what_is_labelled_here(dora, champion, monkeypatch):
    monkeypatch.setattr(metrics, "MOST_READ", 3)
    rows.drawing(dora, version=champion, digit=7, truth=4)
    imported(dora, jsonl(*(line(number, 1) for number in range(5))))
    worker.answer(list(Drawing.objects.filter(answer=None)))
    [one] = metrics.errors_in_use()
    assert (one.count, one.wrong) == (1, 1)
    assert sum(day.owners for day in metrics.labels_by_day(7)) == 1


def test_the_honest_figure_stands_beside_the_correction_rate(dora, champion, reviewer):
    """Of four at random one is wrong; people only said so of those that were."""
    for truth in (7, 7, 7, 4):
        drawing = rows.drawing(dora, version=champion, digit=7)
        SpotCheck.objects.create(drawing=drawing, digit=7, model_version=champion)
        rows.label(drawing, truth, role="reviewer", author=reviewer)
    for _ in range(6):
        rows.drawing(dora, version=champion, digit=7, truth=4)
    [one] = metrics.errors_in_use()
    assert (one.wrong, one.count) == (7, 10)
    assert (one.drawn.hits, one.drawn.count) == (3, 4)
    shown = staff_client().get("/dashboard/").content.decode()
    assert "<td>70.0%</td>" in shown
    assert "<td>25.0%</td>" in shown
    assert "correction rate" in shown
    assert "picked at random for review" in shown


def test_a_label_that_no_longer_counts_is_not_counted(dora, champion):
    drawing = rows.drawing(dora, version=champion, digit=7, truth=4)
    rows.label(drawing, 7)
    assert Label.objects.count() == 2
    [one] = metrics.errors_in_use()
    assert (one.count, one.wrong) == (1, 0)


# Confidence -------------------------------------------------------------------------------------


def test_confidence_by_day(dora, champion):
    for confidence in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.99):
        rows.drawing(dora, days_ago=3, version=champion, confidence=confidence)
    rows.drawing(dora, days_ago=1, version=champion, confidence=0.75)
    rows.drawing(dora, days_ago=0)
    first, last = metrics.confidence_by_day(30)
    assert (first.count, first.median, first.low) == (11, pytest.approx(0.6), pytest.approx(0.2))
    assert (last.count, last.median, last.low) == (1, 0.75, 0.75)


# Drift ------------------------------------------------------------------------------------------

TALL = [[[100, 10], [110, 200]]]
WIDE = [[[10, 100], [200, 110]], [[10, 50], [200, 60]]]


def test_drift_by_hand(dora, champion):
    training = [rows.drawing(dora, days_ago=30, version=champion, ink=TALL) for _ in range(20)]
    data = rows.dataset()
    rows.run(State.REJECTED, dataset=data, challenger=rows.version(5))
    rows.run(State.FAILED, dataset=rows.dataset())  # nothing came of it
    rows.dataset()  # a worker still writes it
    for one in training:
        rows.use(one, data)
    for place in range(40):
        rows.drawing(dora, days_ago=1, version=champion, digit=7 if place % 2 else None,
                     confidence=0.3, ink=WIDE)  # fmt: skip
    found = drift.drift()
    assert (found.dataset, found.before, found.now) == (data.pk, 20, 40)
    digits, confidence, ratio, count = found.drifts
    assert (digits.before[7], digits.now[7], digits.now[10]) == (20, 20, 20)
    assert (confidence.before, confidence.now[0]) == ([0, 0, 0, 0, 0, 0, 20, 0, 0, 0], 40)
    assert (ratio.before[0], ratio.now[-1]) == (20, 40)
    assert (count.before[1], count.now[2]) == (20, 40)
    assert [one.verdict for one in found.drifts] == ["much"] * 4


def test_without_a_dataset_nothing_drifts(dora, champion):
    rows.drawing(dora, version=champion)
    assert drift.drift() is None


def test_without_drawings_of_the_week_nothing_drifts(dora, champion):
    old = rows.drawing(dora, days_ago=30, version=champion)
    data = rows.dataset()
    rows.run(State.REJECTED, dataset=data, challenger=rows.version(5))
    rows.use(old, data)
    assert drift.drift() is None


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [([1000, 1000], [1000, 1000], "none"), ([1000, 1000], [680, 1320], "some"),
     ([1000, 1000], [500, 1500], "much"), ([4, 4], [2, 6], "unclear")],
)  # fmt: skip
def test_verdicts(before, now, verdict):
    assert FeatureDrift("x", ["a", "b"], before, now).verdict == verdict


# Does more labelling pay? -----------------------------------------------------------------------


def run(errors: int, train: int, state: str = State.REJECTED, **fields: object) -> TrainingRun:
    evidence = rows.evidence(after=errors)
    del evidence["learning_curve"]
    return rows.run(state, dataset=rows.dataset(train=train), evidence=evidence, **fields)


def test_errors_from_run_to_run(champion):
    first = run(40, 100)
    run(30, 150, state=State.CANCELLED)
    rows.run(State.SKIPPED)
    second = run(20, 200)
    assert metrics.across_runs() == [
        LearningPoint(100, 40, 500, first.pk),
        LearningPoint(200, 20, 500, second.pk),
    ]


def test_the_learning_curve_of_the_last_run_that_has_one():
    assert metrics.learning_curve() == []
    measured = rows.run(State.REJECTED, evidence=rows.evidence())
    run(20, 200)
    assert metrics.learning_curve()[0] == LearningPoint(50, 44, 500, measured.pk)


# The page ---------------------------------------------------------------------------------------


def test_an_empty_site_says_so(champion):
    shown = staff_client().get("/dashboard/").content.decode()
    assert "Nobody has said what a drawing is in this period." in shown
    assert "No run has reached the gate yet." in shown
    assert "Nothing to compare yet" in shown


def test_the_page_tells_figures_in_tables_too(dora, champion):
    for _ in range(3):
        rows.drawing(dora, days_ago=1, version=champion, digit=7, truth=4)
    shown = staff_client().get("/dashboard/?days=90").content.decode()
    assert "3 by owners and 0 by reviewers in 90 days." in shown
    assert "<td>100.0%</td>" in shown
    assert shown.count('role="img"') >= 3
    assert "style=" not in shown


@pytest.mark.parametrize("days", ["7", "x", "-30"])
def test_a_span_that_is_none_is_told(champion, days):
    response = staff_client().get(f"/dashboard/?days={days}")
    assert response.status_code == 400
    assert "Choose 30 or 90 days." in response.content.decode()


def test_figures_are_kept_for_a_minute(dora, champion, django_assert_max_num_queries):
    rows.drawing(dora, version=champion, truth=4)
    client = staff_client()
    client.get("/dashboard/")
    rows.drawing(dora, version=champion, truth=4)
    with django_assert_max_num_queries(10):
        shown = client.get("/dashboard/").content.decode()
    assert "1 by owners" in shown
