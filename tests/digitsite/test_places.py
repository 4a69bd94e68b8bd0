"""Who gets a place for what takes long, and who has to leave the last one to others."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from digitsite import places
from digitsite.errors import Busy
from digitsite.places import Places
from digitsite.server import senders


@pytest.fixture(autouse=True)
def request_of_nobody(monkeypatch) -> None:
    monkeypatch.setattr(senders, "_request", threading.local())


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def take(here: Places, held: ExitStack, sender: str) -> None:
    senders.note(sender)
    held.enter_context(here.one("Busy."))


def test_one_sender_does_not_hold_all_places(held):
    here = Places(3)
    for _ in range(2):
        take(here, held, "a")
    with pytest.raises(Busy):
        take(here, held, "a")
    take(here, held, "b")
    with pytest.raises(Busy):
        take(here, held, "c")


def test_several_who_had_much_leave_the_last_place_to_others(held, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr(places.time, "monotonic", lambda: now[0])
    here = Places(2)
    for sender in "abc":
        with ExitStack() as long:
            take(here, long, sender)
            now[0] += places.LITTLE + 1
    take(here, held, "a")
    for sender in "bc":
        with pytest.raises(Busy):
            take(here, held, sender)
    for _ in range(2):
        with ExitStack() as short:
            take(here, short, "d")
            now[0] += places.LITTLE * 0.6
    now[0] += places.WINDOW
    take(here, held, "b")


def test_a_worker_takes_all_and_a_single_place_is_for_everybody(held):
    here, single = Places(2), Places(1)
    for _ in range(2):
        held.enter_context(here.one("Busy."))
    with ExitStack() as alone:
        take(single, alone, "a")
    take(single, held, "a")
