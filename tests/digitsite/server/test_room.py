"""Tests how senders share the room for bodies and answers."""

import pytest

from digitsite.server.room import Full, Holding, Room


def test_one_sender_takes_no_more_than_a_share():
    room = Room(100, share=30)
    first, *_ = held = [taken(room, sender, 30) for sender in "abc"]
    for one in held:
        with pytest.raises(Full):
            room.take(one, 1)
    room.give_back(first)
    taken(room, "a", 30)


def taken(room: Room, sender: str, count: int) -> Holding:
    holding = Holding(sender, lose=lambda: None)
    room.take(holding, count)
    return holding


def test_where_no_room_is_left_who_has_most_loses_the_oldest():
    room = Room(100, share=50)
    held = [taken(room, sender, count) for sender, count in [("a", 30), ("b", 20), ("b", 25)]]
    taken(room, "a", 5)
    taken(room, "c", 25)
    assert [one.is_lost for one in held] == [False, True, False]
    with pytest.raises(Full):
        room.take(held[1], 1)
    with pytest.raises(Full):
        room.fix(held[1])
    with pytest.raises(Full):
        taken(room, "d", 40)  # more than anybody has


def test_what_has_arrived_is_not_lost():
    room = Room(100, share=60)
    arrived = taken(room, "a", 60)
    room.fix(arrived)
    oldest = taken(room, "b", 40)
    taken(room, "c", 30)
    assert (arrived.is_lost, oldest.is_lost) == (False, True)
