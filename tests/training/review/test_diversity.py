"""Tests that similar drawings do not follow each other in the queue."""

import numpy as np

from training.review.diversity import varied

A, B, C = np.eye(3, dtype=np.float32)


def test_copies_are_kept_apart_while_there_are_others():
    assert varied([A, A, A, B, C], count=5) == [0, 3, 4, 1, 2]


def test_a_shape_may_come_again_after_nine_others():
    others = list(np.eye(12, dtype=np.float32))
    first = others[0]
    assert varied([first, first, *others[1:]], count=13)[10] == 1


def test_what_was_shown_before_counts():
    assert varied([A, B], count=2, shown=[C, A]) == [1, 0]


def test_only_so_many():
    assert varied([A, A, B], count=2) == [0, 2]


def test_unknown_shapes_are_near_to_none():
    assert varied([None, None, A], count=3, shown=[A]) == [0, 1, 2]


def test_near_is_more_than_alike():
    alike = (A + 0.5 * B) / np.linalg.norm(A + 0.5 * B)
    same = (A + 0.1 * B) / np.linalg.norm(A + 0.1 * B)
    assert varied([A, same, alike], count=3) == [0, 2, 1]
