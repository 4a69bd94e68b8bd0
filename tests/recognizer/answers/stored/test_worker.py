"""What a recognition worker does with drawings that wait."""

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Sequence

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from recognizer import registry, tasks
from recognizer.answers import answering, personal, serving
from recognizer.answers.stored import answer_tasks, claims, worker
from recognizer.inference import number_reading
from recognizer.models import Drawing, Prediction, Upload, User
from recognizer.services import deleting
from tests.people import drawn_by, register
from tests.recognizer.images import encoded

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(
    "sqlite3" in django_settings.DATABASES["default"]["ENGINE"], reason="SQLite locks no rows"
)
# With the apps named Django empties tables by CASCADE: one of knox's stands, though swapped out.
committed = pytest.mark.django_db(transaction=True, available_apps=django_settings.INSTALLED_APPS)


def waiting(owner: User, count: int) -> list[int]:
    """Drawings that wait, one a second until now; their ids, oldest first."""
    one = drawn_by(owner, answered=False)
    ink = {"strokes": one.strokes, "width": one.width, "height": one.height}
    one.delete()
    now = timezone.now()
    made = [
        Drawing(owner=owner, created_at=now - dt.timedelta(seconds=age), **ink)
        for age in range(count, 0, -1)
    ]
    return [drawing.pk for drawing in Drawing.objects.bulk_create(made)]


def answered() -> set[int]:
    return set(Drawing.objects.filter(answer__isnull=False).values_list("pk", flat=True))


def lapse() -> None:
    """As after a while: the worker that claimed them is dead."""
    past = timezone.now() - dt.timedelta(seconds=1)
    Drawing.objects.filter(claimed_until__isnull=False).update(claimed_until=past)


# A batch ---------------------------------------------------------------------------------------


def test_what_waits_is_answered_at_once(champion, anna, broker):
    ids = waiting(anna, 5)
    worker.answer_waiting()
    assert answered() == set(ids)
    assert set(Drawing.objects.values_list("digit", "outcome")) == {(7, "unlabelled")}
    assert Prediction.objects.count() == 5
    assert broker.tasks() == []


def test_many_take_no_more_statements_than_one(champion, anna, broker, monkeypatch):
    monkeypatch.setattr(personal, "CHECK_SECONDS", 0)  # else one of them would ask less

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            worker.answer_waiting()
        return len(seen)

    serving.warm()
    waiting(anna, 1)
    one = statements()
    waiting(anna, 40)
    assert statements() == one
    assert one <= 12, "with those that begin and end transactions"


def test_a_batch_is_one_run_of_the_network(champion, anna, broker, monkeypatch):
    batches = []
    read = number_reading.answer

    def counted(classifier, sheets):
        batches.append(len(sheets))
        return read(classifier, sheets)

    monkeypatch.setattr(number_reading, "answer", counted)
    waiting(anna, 5)
    worker.answer_waiting()
    assert batches == [5]


def test_where_nothing_waits_the_database_is_asked_once(champion, broker):
    serving.warm()
    with CaptureQueriesContext(connection) as seen:
        worker.answer_waiting()
    assert len([one for one in seen if one["sql"].startswith("SELECT")]) == 1


def test_who_is_there_now_comes_first_and_the_oldest_among_them(champion, anna, bert, broker):
    ids = waiting(anna, 1000)
    new = drawn_by(bert, answered=False)
    worker.answer_waiting()
    newest = claims.AT_ONCE - claims.OLDEST - 1
    assert answered() == {new.pk, *ids[-newest:], *ids[: claims.OLDEST]}
    assert broker.tasks() == [("recognizer.predict", [])]  # for the rest


def test_a_backlog_drains_to_its_end(champion, anna, broker):
    ids = waiting(anna, 3 * claims.AT_ONCE + 1)
    for _ in range(4):
        worker.answer_waiting()
    assert answered() == set(ids)
    assert Prediction.objects.count() == len(ids)


def test_done_twice_it_changes_nothing(champion, anna):
    drawing = drawn_by(anna)
    before = list(Prediction.objects.values())
    worker.answer([drawing])
    drawing.refresh_from_db()
    assert list(Prediction.objects.values()) == before
    assert drawing.answer_id == before[0]["id"]


def test_a_task_of_an_earlier_version_names_a_drawing(champion, anna, broker):
    [drawing] = waiting(anna, 1)
    tasks.predict(drawing)
    tasks.predict(12345)
    assert answered() == {drawing}


def test_without_a_model_nothing_is_claimed(anna, broker):
    [drawing] = waiting(anna, 1)
    with pytest.raises(serving.NoModel):
        worker.answer_waiting()
    register(7)
    worker.answer_waiting()
    assert answered() == {drawing}


# What cannot be read ---------------------------------------------------------------------------


def uploaded(owner: User, content: bytes | None) -> int:
    drawing = Drawing.objects.create(owner=owner, uploaded=True, width=50, height=50)
    if content is not None:
        Upload.objects.create(drawing=drawing, content=content)
    return drawing.pk


def test_what_cannot_be_read_stops_no_other_and_is_put_off(champion, anna, broker, caplog):
    good = waiting(anna, 2)
    blank = encoded(Image.new("L", (50, 50), 255))
    bad = [uploaded(anna, content) for content in (b"no picture", None, blank)]
    [strokes] = waiting(anna, 1)
    Drawing.objects.filter(pk=strokes).update(strokes=["nonsense"])
    worker.answer_waiting()
    worker.answer_lapsed()
    assert answered() == set(good)
    assert len([one for one in caplog.records if "cannot be read" in one.message]) == 4
    held = Drawing.objects.filter(pk__in=[*bad, strokes]).values_list("claimed_until", flat=True)
    assert min(held) > timezone.now() + claims.UNREADABLE_FOR / 2


def test_uploads_are_read_with_their_batch(champion, anna, broker):
    seven = Image.new("L", (50, 50), 255)
    seven.paste(0, (20, 10, 26, 40))
    ids = [uploaded(anna, encoded(seven)) for _ in range(3)]
    with CaptureQueriesContext(connection) as seen:
        worker.answer_waiting()
    assert answered() == set(ids)
    assert not [one for one in seen if 'FROM "recognizer_upload"' in one["sql"]]


# Claims ----------------------------------------------------------------------------------------


def test_what_a_worker_has_claimed_no_other_takes(champion, anna, broker):
    waiting(anna, 3)
    assert len(claims.claim_fresh()) == 3
    worker.answer_waiting()
    worker.answer_lapsed()
    assert answered() == set()


def test_what_a_killed_worker_had_is_answered_once(champion, anna, broker):
    ids = waiting(anna, 3)
    dead = claims.claim_fresh()
    lapse()
    tasks.sweep()
    assert answered() == set(ids)
    worker.answer(dead)  # it was not dead, but slow
    assert Prediction.objects.count() == 3


def test_what_ends_its_worker_is_read_alone_and_after_the_others(
    champion, anna, broker, monkeypatch
):
    bad, *others = waiting(anna, 4)
    read = answering.read_drawings

    def dies(loaded, drawings: Sequence[Drawing]):
        if bad in {drawing.pk for drawing in drawings}:
            raise MemoryError
        return read(loaded, drawings)

    monkeypatch.setattr(answering, "read_drawings", dies)
    with pytest.raises(MemoryError):
        worker.answer_waiting()
    lapse()
    Drawing.objects.filter(pk=bad).update(claimed_until=timezone.now() - dt.timedelta(days=1))
    with pytest.raises(MemoryError):
        worker.answer_lapsed()
    worker.answer_lapsed()
    assert answered() == set(others)


@on_postgresql
@committed
def test_workers_beside_each_other_claim_different_drawings(champion, anna, broker):
    ids = waiting(anna, 300)
    claimed: list[int] = []

    def claim() -> None:
        while found := claims.claim_fresh():
            claimed.extend(drawing.pk for drawing in found)
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == ids


# Meanwhile -------------------------------------------------------------------------------------


@committed
def test_of_what_is_deleted_while_it_is_read_the_others_are_answered(
    champion, anna, broker, monkeypatch
):
    erased, deleted, kept = waiting(anna, 3)
    read = answering.read_drawings

    def read_late(*args):
        deleting.erase(Drawing.all_objects.filter(pk=erased))
        deleting.delete(Drawing.objects.filter(pk=deleted))
        return read(*args)

    monkeypatch.setattr(answering, "read_drawings", read_late)
    worker.answer_waiting()
    assert set(Prediction.objects.values_list("drawing", flat=True)) == {kept}


def test_a_promotion_meanwhile_has_the_whole_batch_read_once_more(champion, anna, broker):
    waiting(anna, 3)
    serving.model_cache.champion()  # this process would notice the promotion in half a second
    registry.promote(register(3, origin="trained"))
    worker.answer_waiting()
    assert set(Drawing.objects.values_list("digit", flat=True)) == {3}
    assert Prediction.objects.count() == 6


# Asking ----------------------------------------------------------------------------------------


def test_one_task_is_on_its_way_however_much_is_drawn(champion, broker):
    for _ in range(3):
        answer_tasks.send()
    assert broker.tasks() == [("recognizer.predict", [])]
    worker.answer_waiting()
    answer_tasks.send()
    assert len(broker.tasks()) == 2


@pytest.mark.slow
def test_a_task_that_was_lost_keeps_others_back_for_a_moment_only(broker, monkeypatch):
    monkeypatch.setattr(answer_tasks, "SENT_SECONDS", 1)
    answer_tasks.send()
    broker.client.delete("digitsite:recognition")
    threading.Event().wait(1.1)
    answer_tasks.send()
    assert len(broker.tasks()) == 1


# In the whole site -----------------------------------------------------------------------------

WAIT = """
from recognizer.answers.stored import answer_tasks
from recognizer.ink.strokes import parse
from recognizer.models import Drawing, User
owner = User.objects.create_user("killed")
strokes = [[[40, 40], [160, 45], [110, 120], [90, 220]]]
one = dict(owner=owner, strokes=strokes, width=280, height=280)
Drawing.objects.bulk_create([Drawing(**one) for _ in range(1500)])
answer_tasks.send()
"""
# What the killed had claimed lapses at once; without that it takes twenty seconds.
END = """
import time
from django.utils import timezone
from recognizer.services import deleting, saving
from recognizer.models import Drawing, Prediction
mine = Drawing.objects.filter(owner__username="killed")
mine.waiting().filter(claimed_until__isnull=False).update(claimed_until=timezone.now())
until = time.monotonic() + 60
while mine.waiting().exists() and time.monotonic() < until:
    saving.sweep()
    time.sleep(0.5)
print("left:", mine.waiting().count(), Prediction.objects.filter(drawing__in=mine).count())
"""


def workers(site) -> list[int]:
    """The recognition worker's processes, the one that the others belong to first."""
    return [pid for pid, line in site.processes().items() if "[recognition]" in line]


@pytest.mark.stack
def test_workers_that_are_killed_lose_nothing_and_double_nothing(site):
    site.run(WAIT)
    for one in (1, 1, 0):  # a process of the pool, its successor, and then all of it
        time.sleep(0.4)
        killed = workers(site)[one]
        os.kill(killed, signal.SIGKILL)
        until = time.monotonic() + 20
        while killed in workers(site) or len(workers(site)) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
    said = site.run(END)
    assert said.partition("left: ")[2].split() == ["0", "1500"]
