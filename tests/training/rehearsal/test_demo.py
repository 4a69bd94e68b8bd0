"""Tests the demonstration data."""

from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recognizer.models import Drawing, Label, User
from tests import small_mnist
from training.rehearsal import demo
from training.runs import label_trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def digits() -> demo.LabelledDigits:
    image = np.zeros((28, 28), np.uint8)
    image[5:23, 13:16] = 255
    return demo.LabelledDigits(np.stack([image] * 4), np.array([1, 1, 1, 1], np.uint8))


def filled(digits, *, count: int) -> list[Drawing]:
    return list(demo.fill(digits, owners=demo.people("a long passphrase"), count=count, seed=1))


def test_fills_with_uploads_strokes_and_labels(digits, broker):
    drawings = filled(digits, count=60)
    assert Drawing.objects.count() == len(drawings) == 60
    assert 0 < Drawing.objects.filter(uploaded=True).count() < 30
    assert 20 < Label.objects.count() < 50
    assert set(Label.objects.values_list("role", flat=True)) == {"owner"}


def test_drawings_are_spread_over_days(digits, broker):
    filled(digits, count=30)
    days = set(Drawing.objects.dates("created_at", "day"))
    assert len(days) > 5
    assert len(set(Label.objects.dates("created_at", "day"))) > 5
    for label in Label.objects.select_related("drawing"):
        assert label.created_at == label.drawing.created_at


def test_it_starts_no_run_by_itself(broker, settings, tmp_path):
    settings.RETRAIN_AFTER_LABELS = 1
    data = tmp_path / "mnist"
    small_mnist.lay(data)
    call_command("demo", drawings=12, data=data, stdout=(said := StringIO()))
    assert Label.objects.exists()
    assert label_trigger.start_run() is None
    assert "New labels start no run from now on" in said.getvalue()


def test_people_who_are_there_keep_their_password(digits):
    demo.people("a long passphrase")
    demo.people("another passphrase")
    assert User.objects.get(username="ada").check_password("a long passphrase")


def test_the_command_wants_a_running_site(no_broker):
    with pytest.raises(CommandError, match="Start the site first"):
        call_command("demo")
    assert not User.objects.exists()
