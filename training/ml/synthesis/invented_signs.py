"""Invented signs, composed of simple pen movements, as non-digits.

A network that has seen only letters takes an unknown sign for the digit that it resembles most.
"""

from collections.abc import Callable

import numpy as np

from recognizer.ink import rasterize, strokes
from training.ml.arrays import Images, Points, Random

SIDE = 100.0
# One movement alone may be a digit (a line, a ring, a hook); so may two, now and then.
MOVES = (2, 3, 4, 5, 6)
SHARES = (0.12, 0.33, 0.3, 0.15, 0.1)


def sign(random: Random, *, version: int) -> Images:
    """A sign of a few movements, as that ink version draws it: uint8 [28, 28].

    Most are built of level, upright and slanting movements, as scripts are; the others of movements
    in any direction.
    """
    lines: list[Points] = []
    turn = _eighths if random.random() < 0.65 else _any
    for _ in range(int(random.choice(MOVES, p=SHARES))):
        move = KINDS[int(random.integers(len(KINDS)))](random)
        lines.append(_placed(move, lines, random, turn(random)))
    return _picture(lines, version)


def _any(random: Random) -> float:
    return float(random.uniform(0, 2 * np.pi))


def _eighths(random: Random) -> float:
    """Mostly level or upright: an eighth of a turn, or nearly."""
    eighth = int(random.choice(8, p=[0.25, 0.04, 0.25, 0.11, 0.13, 0.04, 0.07, 0.11]))
    return eighth * np.pi / 4 + float(random.normal(0, 0.09))


def dots(random: Random, *, version: int) -> Images:
    """Dots, one to four or a field of up to forty, as that ink version draws them: uint8
    [28, 28]."""
    count = int(random.integers(1, 5) if random.random() < 0.5 else random.integers(5, 41))
    places = random.uniform(0.1, 0.9, (count, 1, 2)) * SIDE
    reach = random.uniform(0.001, 0.04) * SIDE
    return _picture(list(places + random.normal(0, reach, (count, 4, 2))), version)


def _picture(lines: list[Points], version: int) -> Images:
    inside = [np.clip(line, -SIDE / 2, 1.5 * SIDE).round(2).tolist() for line in lines]
    drawn = strokes.parse(inside, width=SIDE, height=SIDE)
    return rasterize.from_strokes(drawn, version=version)


def _placed(move: Points, lines: list[Points], random: Random, angle: float) -> Points:
    """The movement turned and sized, begun at an end of another, on its way, or anywhere."""
    size = random.uniform(0.2, 0.75) * SIDE
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return move @ turn.T * size + _start(lines, random)


def _start(lines: list[Points], random: Random) -> Points:
    way = random.random()
    if not lines or way < 0.25:
        return random.uniform(0.15, 0.85, 2) * SIDE
    if way < 0.5:
        return lines[-1][-1]
    line = lines[int(random.integers(len(lines)))]
    first, last = line[0], line[-1]
    return first + random.choice([0.0, 0.0, 0.3, 0.5, 0.7]) * (last - first)


def _line(random: Random) -> Points:
    return np.array([[0.0, 0.0], [1.0, 0.0]])


def _ring(random: Random) -> Points:
    angle = np.linspace(0, 2 * np.pi, 20)
    return np.stack([np.sin(angle), 1 - np.cos(angle)], axis=1) * 0.3


def _angle(random: Random) -> Points:
    """Two or three lines at right angles, or nearly, as a box has."""
    side = random.uniform(0.5, 1.1) * random.choice([-1, 1])
    box = np.array([[0.0, 0.0], [0.8, 0.0], [0.8 + random.uniform(-0.2, 0.2), side], [0.0, side]])
    return box[: int(random.integers(3, 5))]


def _arc(random: Random) -> Points:
    angle = np.linspace(0, random.uniform(0.6, 2 * np.pi), 16)
    bend = np.stack([np.sin(angle), random.uniform(0.6, 1.4) * (1 - np.cos(angle))], axis=1)
    return bend / 2


def _corner(random: Random) -> Points:
    return np.array([[0.0, 0.0], [0.6, 0.0], [0.6 + random.uniform(-0.5, 0.5), 0.6]])


def _wave(random: Random) -> Points:
    x = np.linspace(0, 1, 16)
    height, turns = random.uniform(0.1, 0.3), random.uniform(0.7, 2.2)
    return np.stack([x, height * np.sin(2 * np.pi * turns * x)], axis=1)


def _hook(random: Random) -> Points:
    angle = np.linspace(0, random.uniform(2, 4), 10)
    size = random.uniform(0.1, 0.3)
    bend = np.stack([0.8 + size * np.sin(angle), size * (1 - np.cos(angle))], axis=1)
    return np.concatenate([[[0.0, 0.0]], bend])


KINDS: tuple[Callable[[Random], Points], ...] = (
    *(_line, _line, _line, _line, _angle, _angle),
    *(_arc, _arc, _corner, _wave, _hook, _ring),
)
