"""Tests the demonstration data, and the runs that were recorded on it."""

import datetime as dt
import json
from io import StringIO

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from recognizer import registry
from recognizer.models import Drawing, Label, ModelVersion, User
from recognizer.services import labelling
from tests import small_mnist
from tests.people import person, signed_in
from training.models import Promotion, TrainingRun
from training.rehearsal import demo, recording
from training.runs import label_trigger, notices

pytestmark = pytest.mark.django_db
SHIPPED = settings.BASE_DIR / "recognizer" / "shipped"
CHAPTER = demo.CHAPTERS[1]


@pytest.fixture
def digits() -> demo.LabelledDigits:
    image = np.zeros((28, 28), np.uint8)
    image[5:23, 13:16] = 255
    return demo.LabelledDigits(np.stack([image] * 4), np.array([1, 1, 1, 1], np.uint8))


def filled(digits) -> list[Drawing]:
    return list(demo.fill(digits, owners=demo.people("a long passphrase"), chapter=CHAPTER))


def test_fills_with_uploads_strokes_and_labels(digits, broker):
    drawings = filled(digits)
    assert Drawing.objects.count() == len(drawings) == CHAPTER.count
    assert 0 < Drawing.objects.filter(uploaded=True).count() < 20
    assert 20 < Label.objects.count() < 50
    assert set(Label.objects.values_list("role", flat=True)) == {"owner"}


def test_drawings_are_spread_over_days(digits, broker):
    filled(digits)
    assert len(set(Drawing.objects.dates("created_at", "day"))) > 5
    for label in Label.objects.select_related("drawing"):
        assert label.created_at == label.drawing.created_at


@pytest.mark.slow
def test_it_is_the_same_each_time(digits, broker):
    once, again = filled(digits), filled(digits)
    assert [one.strokes for one in once] == [one.strokes for one in again]


@pytest.mark.slow
def test_it_starts_no_run_by_itself(broker, settings, tmp_path):
    settings.RETRAIN_AFTER_LABELS = 1
    settings.VAR = tmp_path
    small_mnist.lay(tmp_path / "mnist")
    registry.register_shipped(SHIPPED)
    call_command("demo", stdout=(said := StringIO()))
    assert Label.objects.exists()
    assert label_trigger.start_run() is None
    assert "New labels start no run from now on" in said.getvalue()
    assert "are others here" in said.getvalue() and not TrainingRun.objects.exists()


def test_people_who_are_there_keep_their_password(digits):
    demo.people("a long passphrase")
    demo.people("another passphrase")
    assert User.objects.get(username="ada").check_password("a long passphrase")


def test_the_command_wants_a_running_site(no_broker, caplog):
    with pytest.raises(CommandError, match="Start the site first"):
        call_command("demo")
    assert not User.objects.exists()
    assert not caplog.records  # one sentence, and no warning before it


# Runs --------------------------------------------------------------------------------------------


def test_the_recorded_runs_began_with_what_ships():
    """Where this fails, another network ships: `manage.py demo --record` does the runs again."""
    shipped = json.loads((SHIPPED / "model.json").read_text())
    first, second = recording.read()
    assert first["champion"] == shipped["onnx_sha256"]
    assert second["champion"] == first["manifest"]["onnx_sha256"]
    assert (first["state"], second["state"]) == ("promoted", "rejected")


@pytest.fixture
def replayed(broker) -> list[TrainingRun]:
    """Both recorded runs, on drawings that were labelled as in the recording."""
    registry.register_shipped(SHIPPED)
    owner, story = person("ada"), recording.read()
    said = {place: digit for run in story for place, digit, *_ in run["samples"]}
    drawings = [
        Drawing.objects.create(
            owner=owner, strokes=[[[9, 9, 0, 0.5], [90, 90, 9, 0.5]]], width=99, height=99
        )
        for _ in range(demo.CHAPTERS[0].count + demo.CHAPTERS[1].count)
    ]
    for place, digit in said.items():
        labelling.label(drawing=drawings[place], author=owner, digit=digit)
    recording.check(story)
    ids = [one.pk for one in drawings]
    return [
        recording.replay(run, ids, days_ago=days) for run, days in zip(story, (10, 2), strict=True)
    ]


@pytest.mark.slow
def test_one_run_was_promoted_and_one_rejected_in_the_past(replayed):
    first, second = replayed
    assert (first.state, second.state) == ("promoted", "rejected")
    promotion = Promotion.objects.get()
    version = ModelVersion.objects.champion()
    assert promotion.run == first and promotion.version == version == second.champion
    ages = [timezone.now() - run.ended_at for run in replayed]
    assert [round(age / dt.timedelta(days=1)) for age in ages] == [10, 2]
    assert promotion.created_at == version.created_at == first.ended_at
    assert version.parent.created_at < TrainingRun.objects.get(pk=first.pk).created_at
    with pytest.raises(recording.NotReplayed, match="has training runs already"):
        recording.check(recording.read())


@pytest.mark.slow
def test_their_pages_show_verdicts_reasons_and_charts(replayed):
    client = signed_in(person("admin", is_superuser=True, is_staff=True), Client)
    for run in replayed:
        shown = client.get(f"/runs/{run.pk}/").content.decode()
        assert run.reason in shown.replace("&#x27;", "'")
        assert "This is a recording of a run" in shown
        assert shown.count("data-passed=") == 9 and shown.count("<svg") >= 3
        assert "What it learned from" in shown
        assert ('data-kind="fixed"' in shown) == bool(run.evidence["fixed"])
    assert replayed[0].evidence["fixed"]


@pytest.mark.slow
def test_nobody_is_mailed_of_them(replayed, broker):
    notices.send_due()
    assert broker.client.llen("digitsite:recognition") + broker.client.llen("celery") <= 1
    assert not TrainingRun.objects.filter(told_at=None).exists()
