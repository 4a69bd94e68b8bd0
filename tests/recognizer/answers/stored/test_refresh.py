"""After a promotion: who answers again, what, and how far."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from recognizer import registry, tasks
from recognizer.answers import answering, serving
from recognizer.answers.stored import refresh, worker
from recognizer.ink import rasterize
from recognizer.models import Drawing, ModelVersion, Prediction, Upload
from recognizer.services import labelling
from tests import networks
from tests.people import drawn_by, register
from tests.recognizer.images import encoded

pytestmark = pytest.mark.django_db


def champion_now() -> ModelVersion:
    return ModelVersion.objects.get(alias="champion")


def promote(digit: int) -> ModelVersion:
    version = register(digit, origin="trained")
    registry.promote(version)
    return version


def drain(most: int = 100) -> int:
    """Does what tasks would do one after the other; returns how many there were."""
    for count in range(most):
        below = champion_now().refresh_below
        if below is None:
            return count
        refresh.answer_again(champion_now().pk, below)
    raise AssertionError("It does not end.")


def digits() -> list[int | None]:
    return list(Drawing.objects.order_by("pk").values_list("digit", flat=True))


def sent(broker) -> list:
    return sorted(broker.tasks())


def test_what_nobody_labelled_is_answered_again(champion, anna, broker):
    _, labelled, _ = [drawn_by(anna) for _ in range(3)]
    labelling.label(drawing=labelled, author=anna, digit=7)
    promote(3)
    drain()
    assert digits() == [3, 7, 3]
    assert Prediction.objects.count() == 5


def test_a_promotion_sends_for_it(champion, anna, broker, on_commit):
    drawing = drawn_by(anna)
    with on_commit():
        version = promote(3)
    rest = [version.pk, drawing.pk + 1]
    assert sent(broker) == [("recognizer.answer_again", rest), ("recognizer.make_exemplars", rest)]


def test_many_take_few_statements(champion, anna, broker, monkeypatch):
    monkeypatch.setattr(refresh, "SECONDS_AT_ONCE", 60)
    for _ in range(refresh.DRAWINGS_AT_ONCE):
        drawn_by(anna)
    promote(3)
    with CaptureQueriesContext(connection) as queries:
        drain()
    assert set(digits()) == {3}
    assert len(queries) < 20 + Drawing.objects.latest("pk").pk // refresh.IDS_AT_ONCE


def test_what_waits_is_left_to_the_tasks_that_answer_it(champion, anna, broker):
    drawn_by(anna, answered=False)
    promote(3)
    drain()
    assert digits() == [None]
    tasks.predict()
    assert digits() == [3]


def test_without_drawings_nothing_is_sent(broker, on_commit):
    with on_commit():
        register(7)
    assert broker.tasks() == []


def test_after_a_rollback_the_old_answer_counts_again_and_nothing_is_read(champion, anna, broker):
    drawing = drawn_by(anna)
    promote(3)
    drain()
    registry.promote(champion)
    drain()
    drawing.refresh_from_db()
    assert (drawing.digit, drawing.answer.model_version) == (7, champion)
    assert Prediction.objects.count() == 2


def test_each_task_does_a_little_newest_first_and_sends_the_next(
    champion, anna, broker, monkeypatch
):
    for _ in range(5):
        drawn_by(anna)
    version = promote(3)
    monkeypatch.setattr(refresh, "SECONDS_AT_ONCE", 0)
    monkeypatch.setattr(refresh, "DRAWINGS_AT_ONCE", 1)
    refresh.answer_again(version.pk, champion_now().refresh_below)
    last = Drawing.objects.order_by("pk").last()
    assert digits() == [7, 7, 7, 7, 3]
    assert champion_now().refresh_below == last.pk
    assert broker.tasks() == [("recognizer.answer_again", [version.pk, last.pk])]
    # The numbers below the first drawing are passed a stretch at a time.
    assert drain() <= 5 + last.pk // refresh.IDS_AT_ONCE


def test_a_task_that_comes_twice_sends_nothing_the_second_time(champion, anna, broker, monkeypatch):
    monkeypatch.setattr(refresh, "SECONDS_AT_ONCE", 60)  # however slow the machine is
    drawn_by(anna)
    version = promote(3)
    below = champion_now().refresh_below
    refresh.answer_again(version.pk, below)
    refresh.answer_again(version.pk, below)
    assert broker.tasks() == []
    assert Prediction.objects.count() == 2


def test_it_stops_when_another_version_is_promoted(champion, anna, broker):
    drawn_by(anna)
    third = promote(3)
    below = champion_now().refresh_below
    promote(5)
    refresh.answer_again(third.pk, below)
    assert digits() == [7]
    drain()
    assert digits() == [5]


def test_a_lost_task_is_sent_again_by_the_sweep(champion, anna, broker):
    drawing = drawn_by(anna)
    version = promote(3)
    tasks.sweep()
    rest = [version.pk, drawing.pk + 1]
    assert sent(broker) == [("recognizer.answer_again", rest), ("recognizer.make_exemplars", rest)]


def test_without_a_broker_a_promotion_is_one_all_the_same(champion, anna, no_broker, on_commit):
    drawn_by(anna)
    with on_commit():
        version = promote(3)
    assert champion_now() == version
    assert version.refresh_below is not None


def test_what_cannot_be_read_keeps_its_answer_and_stops_nothing(champion, anna, broker):
    first = drawn_by(anna)
    for content in (b"no picture", None):
        broken = Drawing.objects.create(owner=anna, uploaded=True, width=9, height=9)
        if content:
            Upload.objects.create(drawing=broken, content=content)
    blank = Drawing.objects.create(owner=anna, uploaded=True, width=50, height=50)
    Upload.objects.create(drawing=blank, content=encoded(Image.new("L", (50, 50), 255)))
    last = drawn_by(anna)
    promote(3)
    drain()
    assert digits() == [3, None, None, None, 3]
    assert first.pk < blank.pk < last.pk


def test_gaps_in_the_numbers_are_passed_quickly(champion, anna, broker, monkeypatch):
    monkeypatch.setattr(refresh, "SECONDS_AT_ONCE", 60)  # a slow machine needs no more queries
    first = drawn_by(anna)
    far = Drawing.objects.create(
        pk=first.pk + 20_000, owner=anna, strokes=first.strokes, width=280, height=280
    )
    worker.answer([far])
    promote(3)
    with CaptureQueriesContext(connection) as queries:
        drain()
    assert len(queries) < 150 + first.pk // refresh.IDS_AT_ONCE
    assert digits() == [3, 3]


def test_a_version_that_is_damaged_answers_nothing_again(champion, anna, broker):
    drawn_by(anna)
    damaged = register(3, origin="trained")
    damaged.onnx.content = b"something else"
    damaged.onnx.save()
    registry.promote(damaged)
    refresh.answer_again(damaged.pk, champion_now().refresh_below)
    assert digits() == [7]
    assert champion_now().refresh_below is not None


def test_a_worker_that_has_not_heard_of_the_promotion_reads_once_more(champion, anna, broker):
    drawing = drawn_by(anna, answered=False)
    serving.model_cache.champion()
    promote(3)  # this process would notice in half a second
    worker.answer([drawing])
    drawing.refresh_from_db()
    assert drawing.digit == 3


# Ink -------------------------------------------------------------------------------------------


def test_a_champion_of_another_ink_and_the_way_back(champion, anna, broker, second_ink):
    drawing = drawn_by(anna)
    manifest = networks.MANIFEST | {"ink_version": 2}
    other = registry.register(
        onnx=networks.saying(3), safetensors=b"", manifest=manifest, origin="trained"
    )
    for version, digit, ink_version in [(other, 3, 2), (champion, 7, 1), (other, 3, 2)]:
        registry.promote(version)
        drain()
        drawing.refresh_from_db()
        assert (drawing.digit, drawing.answer.ink_version) == (digit, ink_version)
        reading = answering.read_strokes(drawing.ink())
        upright = rasterize.from_strokes(drawing.ink(), version=1)
        assert (reading.pixels == (upright if ink_version == 1 else upright[::-1])).all()


# In the whole site -----------------------------------------------------------------------------

KEEP = """
from recognizer.services import labelling, saving
from recognizer.models import User
from recognizer.ink.strokes import parse
ink = parse([[[40, 40], [160, 45], [110, 120], [90, 220]]], width=280, height=280)
owner = User.objects.create_user("fred-of-refresh")
for _ in range(100):
    saving.keep_strokes(owner=owner, strokes=ink)
"""
DIGITS = """
import time
from recognizer.models import Drawing
mine = Drawing.objects.filter(owner__username="fred-of-refresh")
started = time.monotonic()
while mine.filter(digit={digit}).count() < 100 and time.monotonic() < started + 20:
    time.sleep(0.05)
print("digits:", *sorted(set(mine.values_list("digit", flat=True))))
"""


@pytest.mark.stack
def test_workers_answer_again_after_a_promotion_and_after_the_way_back(site):
    def digits_when(digit: int) -> str:
        asked = site.run(DIGITS.format(digit=digit))
        return asked.partition("digits: ")[2].strip()

    site.run(KEEP)
    assert digits_when(7) == "7"
    with site.champion(3):
        assert digits_when(3) == "3"
    assert digits_when(7) == "7"
