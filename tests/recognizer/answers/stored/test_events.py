"""Waiting for an answer, through a real broker."""

import threading
import time

import pytest
import redis

from recognizer.answers.stored import events

pytestmark = pytest.mark.usefixtures("broker")


def seconds(drawing_id: int, most: float) -> float:
    """How long a wait took."""
    started = time.monotonic()
    events.wait(drawing_id, most)
    return time.monotonic() - started


def test_an_answer_announced_before_ends_the_wait_at_once():
    events.announce([1])
    assert seconds(1, 3) < 0.5


def test_an_answer_announced_meanwhile_ends_the_wait():
    threading.Timer(0.3, events.announce, [[2]]).start()
    assert 0.2 < seconds(2, 3) < 1.5


def test_all_that_wait_for_one_drawing_are_woken(settings):
    waiting = [threading.Thread(target=events.wait, args=[6, 4]) for _ in range(3)]
    started = time.monotonic()
    for thread in waiting:
        thread.start()
    time.sleep(0.2)
    events.announce([6])
    for thread in waiting:
        thread.join()
    assert time.monotonic() - started < 2


def test_the_wait_ends_by_itself():
    assert 0.25 < seconds(3, 0.3) < 1.8


def test_another_drawings_answer_does_not_end_it():
    events.announce([5])
    assert seconds(4, 0.3) > 0.25


@pytest.mark.slow
def test_a_broker_that_hangs_ends_the_wait_too(broker):
    events.wait(7, 0.1)  # connects
    started = time.monotonic()
    broker.client.client_pause(2_000)
    with pytest.raises(redis.TimeoutError):
        events.wait(7, 0.1)
    assert time.monotonic() - started < 1.8
    broker.client.ping()


@pytest.mark.slow
def test_only_so_many_wait_at_once(settings):
    waiting = [
        threading.Thread(target=events.wait, args=[100 + number, 2])
        for number in range(settings.MOST_WAITING)
    ]
    for thread in waiting:
        thread.start()
    time.sleep(0.3)
    assert seconds(200, 2) < 0.2
    for thread in waiting:
        thread.join()
    assert seconds(201, 0.3) > 0.25
