"""The styles in which people of the world write the ten digits, as functions that draw one.

MNIST was written in the United States: its 1 is a bare line, its 7 has no bar, its 0 no slash.
Elsewhere the 1 has a flag as long as a 7's top, and the 4 stays open. The shapes below are drawn
by hand in a box from (-0.5, 0) to (0.5, 1), y down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from training.ml.arrays import Random


@dataclass(frozen=True)
class StrokePath:
    """One stroke by its corners [[x, y], ...], and how often they are rounded by corner cutting."""

    corners: Sequence[Sequence[float]]
    roundings: int = 0


DrawDigit = Callable[[Random], list[StrokePath]]


def _oval(random: Random, *, turns: float = 1.0) -> list[list[float]]:
    """An oval of that many turns, begun near the top; to the left or to the right."""
    points = max(6, round(9 * turns))
    angle = random.uniform(-2.4, -0.8) + np.linspace(0, 2 * np.pi * turns, points)
    wide = random.uniform(0.25, 0.45) * random.choice([-1, 1])
    return np.stack([wide * np.cos(angle), 0.5 + 0.5 * np.sin(angle)], axis=1).tolist()


def plain_zero(random: Random) -> list[StrokePath]:
    """An oval that does not quite close, or runs on beyond where it began."""
    return [StrokePath(_oval(random, turns=random.uniform(0.9, 1.3)), 2)]


def slashed_zero(random: Random) -> list[StrokePath]:
    """An oval with a stroke through it, which may reach beyond."""
    wide = random.uniform(0.28, 0.45)
    reach, top = random.uniform(0.7, 1.35) * wide, random.uniform(0, 0.3)
    return [StrokePath(_oval(random), 2), StrokePath([[reach, top], [-reach, 0.9]])]


def far_slashed_zero(random: Random) -> list[StrokePath]:
    """A ring, which may be small, and a slash, steep or flat, that runs far out on both sides."""
    size = random.uniform(0.6, 1.0)
    ring = (np.array(_oval(random, turns=random.uniform(0.95, 1.15))) - [0, 0.5]) * size + [0, 0.5]
    angle = random.uniform(0.35, 1.25)
    reach = np.array([np.cos(angle), -np.sin(angle)]) * random.uniform(0.55, 0.75)
    middle = np.array([0, 0.5]) + random.normal(0, 0.04, 2)
    slash = np.stack([middle + reach, middle - reach])
    return [StrokePath(ring.tolist(), 2), StrokePath(slash.tolist())]


def open_zero(random: Random) -> list[StrokePath]:
    """An oval with a gap at the top, or one whose end runs on inside it."""
    wide = random.uniform(0.28, 0.45) * random.choice([-1, 1])
    first, last, tail = -1.8, 4.5, [[random.uniform(-0.1, 0.1), random.uniform(0.2, 0.5)]]
    if random.random() < 0.5:
        first, last, tail = random.uniform(-1.37, -1.12), random.uniform(4.36, 4.66), []
    angle = np.linspace(first, last, 10)
    ring = np.stack([wide * np.cos(angle), 0.5 + 0.5 * np.sin(angle)], axis=1).tolist()
    return [StrokePath(ring + tail, 2)]


def flagged_one(random: Random) -> list[StrokePath]:
    """A flag that climbs to the top, now and then out of a hook, the stem, and perhaps a foot."""
    drop = random.uniform(0.18, 0.6)
    reach = drop * random.uniform(0.5, 1.5)
    bent = [-reach * 0.4, drop * random.uniform(0.2, 0.5)]
    hook = [[0.06 - reach, drop + random.uniform(0.02, 0.08)]] if random.random() < 0.35 else []
    # Never rounded: a round top would make it a 7.
    one = [StrokePath([*hook, [-reach, drop], bent, [0, 0], [random.uniform(-0.05, 0.08), 1]])]
    if random.random() < 0.3:
        one.append(_foot(random))
    return one


def long_flagged_one(random: Random) -> list[StrokePath]:
    """A straight flag nearly as long as the stem, and a foot, now and then drawn over twice."""
    drop, reach = random.uniform(0.3, 0.75), random.uniform(0.25, 0.5)
    stem = [random.uniform(-0.06, 0.06), 1.0]
    one = [StrokePath([[-reach, drop], [0, 0], stem])]
    if random.random() < 0.5:
        half, back = random.uniform(0.18, 0.4), random.uniform(-0.03, 0.03)
        over = [[-half, 1 + back]] if random.random() < 0.4 else []
        one.append(StrokePath([[-half, 1.0], [half, 1.0], *over]))
    return one


def flat_flagged_one(random: Random) -> list[StrokePath]:
    """A straight flag that rises little, as a 7's top does, to an upright stem."""
    rise, reach = random.uniform(0.6, 0.95), random.uniform(0.25, 0.42)
    # Never rounded, like flagged_one; and its foot is not on the left, where a 7's is.
    stem = [random.uniform(0.05, 0.25), 1.0]
    one = [StrokePath([[-reach, rise * reach], [0, 0], stem])]
    if random.random() < 0.2:
        one.append(_foot(random))
    return one


def footed_one(random: Random) -> list[StrokePath]:
    """A bare stem, or one with a short flag, on a foot."""
    flag = [[-random.uniform(0.1, 0.3), random.uniform(0.12, 0.3)]] if random.random() < 0.6 else []
    return [StrokePath([*flag, [0, 0], [0, 1]]), _foot(random)]


def _foot(random: Random) -> StrokePath:
    half = random.uniform(0.18, 0.4)
    return StrokePath([[-half, 1], [half, 1]])


def looped_two(random: Random) -> list[StrokePath]:
    """A bow, and a loop at the foot before the tail."""
    low = random.uniform(0.8, 0.95)
    bow = [[-0.35, 0.25], [-0.2, 0.0], [0.25, 0.02], [0.25, 0.4], [-0.1, 0.8]]
    loop = [[-0.35, 1.0], [-0.42, low], [-0.15, low], [0.1, 0.98], [0.42, random.uniform(0.85, 1)]]
    return [StrokePath(bow + loop, 2)]


def plain_two(random: Random) -> list[StrokePath]:
    """A bow, a slope and a base; as angular as a Z, but for its top."""
    top, right = random.uniform(0.1, 0.35), random.uniform(0.2, 0.38)
    hand = [[-0.35, top], [-0.15, 0], [right - 0.1, 0], [right, top], [-0.38, 1.0]]
    return [StrokePath(hand, int(random.integers(1, 3))), StrokePath([[-0.38, 0.99], [0.4, 1.0]])]


def footless_two(random: Random) -> list[StrokePath]:
    """A bow and a slope that ends in a short hook or a stub instead of a base."""
    right, end = random.uniform(0.22, 0.38), random.uniform(-0.35, -0.2)
    bow = [[-0.36, random.uniform(0.15, 0.35)], [-0.15, 0], [right - 0.08, 0], [right, 0.28]]
    hook = [[end, 0.96], [end + random.uniform(0.18, 0.32), random.uniform(0.95, 1.03)]]
    return [StrokePath([*bow, [0.05, 0.65], *hook], int(random.integers(1, 3)))]


def pointed_three(random: Random) -> list[StrokePath]:
    """A flat top and a corner where others have an upper bow."""
    deep, notch = random.uniform(0.28, 0.5), random.uniform(-0.15, 0.15)
    top = [[-0.3, random.uniform(0, 0.1)], [0.25, 0.0], [notch, deep]]
    right = notch + random.uniform(0.12, 0.34)
    bow = [[right, deep + 0.12], [right, 0.85], [0.0, 1.0], [-0.35, random.uniform(0.75, 1.02)]]
    return [StrokePath(top + bow, int(random.integers(1, 3)))]


def bowed_three(random: Random) -> list[StrokePath]:
    """Two bows; the upper one small, the waist deep or hardly there."""
    waist, deep = random.uniform(-0.2, 0.15), random.uniform(0.35, 0.5)
    upper = [[-0.3, 0.15], [-0.1, 0.0], [0.22, 0.03], [0.25, 0.28], [waist, deep]]
    lower = [[0.32, deep + 0.08], [0.34, 0.85], [0.0, 1.0], [-0.36, random.uniform(0.75, 0.95)]]
    return [StrokePath(upper + lower, int(random.integers(1, 3)))]


def lazy_three(random: Random) -> list[StrokePath]:
    """A corner, a waist that is hardly there, and a tail that curls to the left."""
    deep, dent = random.uniform(0.35, 0.55), random.uniform(0.02, 0.14)
    right = random.uniform(0.12, 0.26)
    top = [[-0.3, random.uniform(0, 0.14)], [-0.05, 0.0], [right + 0.05, 0.0]]
    waist = [[right, deep - 0.15], [right - dent, deep], [right, deep + 0.12]]
    foot = [[right - 0.1, 0.85], [random.uniform(-0.45, -0.25), random.uniform(0.92, 1.02)]]
    return [StrokePath([*top, *waist, *foot], int(random.integers(1, 3)))]


def curled_three(random: Random) -> list[StrokePath]:
    """Two bows, of which the upper one begins with a curl that does not close."""
    deep, left = random.uniform(0.38, 0.5), random.uniform(-0.3, -0.15)
    curl = [[left + random.uniform(0.08, 0.16), random.uniform(0.2, 0.26)], [left, 0.2]]
    upper = [[left, 0.05], [0.0, 0.0], [0.24, 0.08], [0.22, deep - 0.12]]
    waist = [random.uniform(-0.15, 0.08), deep]
    lower = [[0.3, deep + 0.12], [0.32, 0.85], [0.0, 1.0], [-0.36, random.uniform(0.8, 1.0)]]
    return [StrokePath([*curl, *upper, waist, *lower], int(random.integers(1, 3)))]


def open_four(random: Random) -> list[StrokePath]:
    """Two strokes that do not meet above: down and across, then down through it."""
    level = random.uniform(0.5, 0.8)
    corner = [[random.uniform(-0.25, 0.05), 0], [-0.35, level], [0.42, level - 0.04]]
    stem, start = random.uniform(0.0, 0.3), random.uniform(0.1, level - 0.15)
    down = [[stem, start], [stem - random.uniform(0, 0.1), random.uniform(0.92, 1.05)]]
    return [StrokePath(corner, int(random.integers(0, 3))), StrokePath(down)]


def steep_four(random: Random) -> list[StrokePath]:
    """A tall first stroke that turns low, and a short stem across its end."""
    level, top = random.uniform(0.55, 0.8), random.uniform(-0.25, 0.2)
    corner = [[top, 0], [-0.2, level], [random.uniform(0.2, 0.4), level - random.uniform(0, 0.12)]]
    stem = random.uniform(0.05, 0.32)
    down = [[stem + 0.04, level - random.uniform(0.1, 0.35)], [stem, 1.0]]
    return [StrokePath(corner, int(random.integers(0, 3))), StrokePath(down)]


def looped_four(random: Random) -> list[StrokePath]:
    """One stroke: down, round, up to the right, and down again; open above."""
    low, top = random.uniform(0.42, 0.68), random.uniform(-0.15, 0.15)
    turn = [[top, 0.0], [-0.32, low - 0.15], [-0.25, low], [0.15, low - random.uniform(0.02, 0.12)]]
    tip = [random.uniform(0.22, 0.38), random.uniform(0.15, low - 0.22)]
    return [StrokePath([*turn, tip, [random.uniform(-0.1, 0.2), 1.0]], int(random.integers(1, 3)))]


def slanted_four(random: Random) -> list[StrokePath]:
    """One slanted stroke: down, with a corner or a small loop there, across, up and down."""
    level, lean = random.uniform(0.5, 0.72), random.uniform(0.05, 0.3)
    corner = [[lean, 0.0], [-0.35, level]]
    if random.random() < 0.5:
        corner += [[-0.42, level + 0.08], [-0.3, level + 0.12], [-0.25, level]]
    right = random.uniform(0.25, 0.42)
    up = [[right, level - random.uniform(0.0, 0.1)], [lean + 0.1, random.uniform(0.12, 0.35)]]
    down = [[lean - random.uniform(0.05, 0.25), 1.0]]
    return [StrokePath([*corner, *up, *down], int(random.integers(0, 2)))]


def closed_four(random: Random) -> list[StrokePath]:
    """A stem from the top, with a triangle to its left; in one stroke or in two."""
    level, stem = random.uniform(0.5, 0.75), random.uniform(0.05, 0.25)
    side = [[stem, 0], [-0.38, level], [0.42, level]]
    return [StrokePath(side), StrokePath([[stem, 0], [stem - random.uniform(0, 0.06), 1]])]


def hatted_five(random: Random) -> list[StrokePath]:
    """Neck and bow, and a hat that may stand apart."""
    neck, rise = random.uniform(-0.3, -0.15), random.uniform(0.32, 0.48)
    body = [[neck, 0.02], [neck - 0.05, rise], [0.15, rise - 0.06], [0.32, 0.65], [0.1, 0.98]]
    apart = random.uniform(-0.05, 0.12)
    hat = [[neck + apart, random.uniform(-0.06, 0.04)], [random.uniform(0.2, 0.42), -0.02]]
    return [
        StrokePath([*body, [-0.36, random.uniform(0.85, 1)]], int(random.integers(1, 3))),
        StrokePath(hat),
    ]


def flowing_five(random: Random) -> list[StrokePath]:
    """One stroke from the hat's right end."""
    rise = random.uniform(0.35, 0.5)
    hand = [[0.36, random.uniform(-0.05, 0.05)], [-0.22, 0.02], [-0.28, rise], [0.12, rise - 0.06]]
    bow = [[0.34, 0.65], [0.12, 0.97], [-0.36, random.uniform(0.85, 1)]]
    return [StrokePath(hand + bow, int(random.integers(1, 3)))]


def hatless_five(random: Random) -> list[StrokePath]:
    """A neck and a bow; its top missing, or a short stroke that stands apart."""
    neck, rise = random.uniform(-0.28, -0.1), random.uniform(0.3, 0.42)
    body = [[neck, 0.0], [neck - 0.06, rise], [0.12, rise - 0.06], [0.32, 0.65], [0.08, 0.98]]
    five = [StrokePath([*body, [-0.36, random.uniform(0.85, 1)]], int(random.integers(1, 3)))]
    if random.random() < 0.7:
        start, level = neck + random.uniform(0.05, 0.2), random.uniform(-0.08, 0.08)
        end = start + random.uniform(0.15, 0.35)
        five.append(StrokePath([[start, level], [end, level - 0.03]]))
    return five


def plain_six(random: Random) -> list[StrokePath]:
    """A stem that bends or not, and a loop that is small, large or not quite closed."""
    size, top = random.uniform(0.32, 0.6), random.uniform(-0.05, 0.35)
    stem = [[top, 0.0], [-0.2, 0.3], [-0.32, 1 - size / 2], [-0.15, 1.0], [0.2, 0.98]]
    loop = [[0.34, 1 - size / 2], [0.1, 1 - size], [random.uniform(-0.3, -0.1), 1 - size * 0.6]]
    return [StrokePath(stem + loop, 2)]


def barred_seven(random: Random) -> list[StrokePath]:
    """A top that may begin with a hook, a stem, and a bar across it that may begin with one too."""
    half, foot = random.uniform(0.25, 0.42), random.uniform(-0.25, 0.1)
    middle, level = (half + foot) / 2, random.uniform(0.4, 0.8)
    reach, tilt = random.uniform(0.18, 0.4), random.uniform(-0.08, 0.08)
    bar = [[middle - reach, level + tilt], [middle + reach, level - tilt]]
    if random.random() < 0.45:
        rise = random.uniform(0.05, 0.28)
        bar.insert(0, [middle - reach - random.uniform(-0.05, 0.05), level + tilt + rise])
    seven = StrokePath(_seven(random, half, foot), int(random.integers(0, 3)))
    return [seven, StrokePath(bar, int(random.integers(0, 3)))]


def loop_barred_seven(random: Random) -> list[StrokePath]:
    """One stroke: top, stem, a loop at its foot, and from there the bar across the stem."""
    half, foot = random.uniform(0.28, 0.4), random.uniform(-0.2, 0.05)
    stem = [[half, 0.02], [(half + foot) / 2, 0.5], [foot, 1.0]]
    level = random.uniform(0.4, 0.55)
    loop = [[foot - 0.15, 0.98], [foot - random.uniform(0.15, 0.3), level + 0.15]]
    bar = [[foot - 0.1, level + 0.03], [random.uniform(0.3, 0.45), level - random.uniform(0, 0.1)]]
    top = [[-half, random.uniform(0, 0.12)]]
    return [StrokePath([*top, *stem, *loop, *bar], 1)]


def plain_seven(random: Random) -> list[StrokePath]:
    """A top that may begin with a hook or a wave, and a stem."""
    half, foot = random.uniform(0.25, 0.42), random.uniform(-0.3, 0.1)
    return [StrokePath(_seven(random, half, foot), int(random.integers(0, 3)))]


def _seven(random: Random, half: float, foot: float) -> list[list[float]]:
    start = [[-half + 0.06, 0.0]]
    kind = random.random()
    if kind < 0.35:
        start.insert(0, [-half, random.uniform(0.08, 0.22)])
    elif kind < 0.6:
        start = [[-half, 0.16], [-half + 0.12, 0.0], [0.05, 0.08]]
    return [*start, [half, 0.02], [(half + foot) / 2, 0.45], [foot, 1.0]]


def crossing_eight(random: Random) -> list[StrokePath]:
    """One stroke: an S, and back up to where it began, or nearly."""
    waist, gap = random.uniform(0.38, 0.52), random.uniform(-0.08, 0.2)
    down = [[0.25, 0.1], [0.0, 0.0], [-0.28, 0.15], [-0.2, waist - 0.08], [0.22, waist + 0.12]]
    up = [[0.32, 0.85], [0.0, 1.0], [-0.32, 0.85], [-0.15, waist + 0.1], [0.18, waist - 0.1]]
    return [StrokePath([*down, *up, [0.28 + gap, 0.08 + gap]], 2)]


def stacked_eight(random: Random) -> list[StrokePath]:
    """Two rings, one on the other."""
    waist = random.uniform(0.4, 0.55)
    return [_ring(random, 0.0, waist, 0.25), _ring(random, waist, 1.0, 0.33)]


def open_eight(random: Random) -> list[StrokePath]:
    """One stroke whose two ends leave the upper ring open, or that begins in the middle."""
    waist = random.uniform(0.4, 0.52)
    lower = [[0.3, waist + 0.2], [0.25, 0.95], [-0.1, 1.0], [-0.32, 0.85], [-0.2, waist + 0.1]]
    if random.random() < 0.5:
        left, right = random.uniform(-0.3, -0.12), random.uniform(0.12, 0.3)
        down = [[left, random.uniform(0, 0.12)], [-0.28, 0.2], [-0.05, waist]]
        return [StrokePath([*down, *lower, [0.1, waist - 0.05], [right, 0.0]], 2)]
    up = [[0.0, waist], [0.25, 0.22], [0.05, 0.0], [-0.25, 0.15], [-0.05, waist]]
    return [StrokePath([*up, *lower, [0.02, waist + 0.02]], 2)]


def angular_eight(random: Random) -> list[StrokePath]:
    """Straight strokes: two triangles or diamonds, tip to tip."""
    waist, wide = random.uniform(0.42, 0.55), random.uniform(0.22, 0.36)
    low = wide + random.uniform(0, 0.1)
    close = [wide + random.uniform(-0.08, 0.05), random.uniform(0.0, 0.1)]
    corners = [[wide, 0.02], [-wide, 0.0], [0.0, waist], [low, 1.0], [-low, 1.0], [0.0, waist]]
    return [StrokePath([*corners, close], int(random.integers(0, 2)))]


def _ring(random: Random, top: float, bottom: float, wide: float) -> StrokePath:
    angle = random.uniform(0, 6) + np.linspace(0, 2 * np.pi * random.uniform(0.95, 1.1), 9)
    x, y = wide * np.cos(angle), (top + bottom) / 2 + (bottom - top) / 2 * np.sin(angle)
    return StrokePath(np.stack([x, y], axis=1).tolist(), 2)


def curled_nine(random: Random) -> list[StrokePath]:
    """A loop, often small, and a long tail that curls to the left."""
    size, curl = random.uniform(0.18, 0.5), random.uniform(0, 0.25)
    tail = [[0.3, 0.05], [0.27, 0.6], [0.1, 0.95], [-0.25, 1.0], [-0.4, 1 - curl]]
    return [StrokePath(_loop(random, size) + tail, int(random.integers(2, 4)))]


def ringed_nine(random: Random) -> list[StrokePath]:
    """A small ring, and a tail that leaves it from below and curls to the left."""
    size, right = random.uniform(0.2, 0.4), random.uniform(0.15, 0.42)
    ring = [[0.15, 0.1], [0.0, 0.0], [-0.25, size / 2], [-0.05, size], [0.2, size * 0.5]]
    back = [[0.1, 0.05], [0.05, size], [right, size + 0.2]]
    return [
        StrokePath([*ring, *back, [right, 0.85], [0.0, 1.0], [-0.38, random.uniform(0.85, 1)]], 2)
    ]


def swinging_nine(random: Random) -> list[StrokePath]:
    """A small, high ring and a tail that swings out and far to the lower left."""
    size, out = random.uniform(0.18, 0.32), random.uniform(0.2, 0.4)
    ring = [[0.12, 0.06], [-0.05, 0.0], [-0.2, size / 2], [-0.05, size], [0.14, size * 0.6]]
    tail = [[0.12, 0.05], [out, size + 0.2], [out, 0.75], [0.0, 0.98], [-0.48, 1.0]]
    return [StrokePath(ring + tail, 2)]


def spiral_nine(random: Random) -> list[StrokePath]:
    """A ring that begins with a curl inside it, and a tail that bends to a foot on the left."""
    size, wide = random.uniform(0.45, 0.6), random.uniform(0.25, 0.36)
    angle = np.linspace(random.uniform(-0.3, 1.2), -2 * np.pi * random.uniform(1.05, 1.2), 9)
    grows = np.minimum(1, np.linspace(random.uniform(0.2, 0.6), 1.4, 9))
    x = wide * grows * np.cos(angle)
    y = size / 2 * (1 + grows * np.sin(angle))
    return [StrokePath([*np.stack([x, y], axis=1).tolist(), *_foot_of_nine(random, size)], 2)]


def footed_nine(random: Random) -> list[StrokePath]:
    """A ring that closes at its foot, from where a tail goes out to the right and back to a foot
    on the left."""
    size, wide = random.uniform(0.35, 0.55), random.uniform(0.15, 0.28)
    angle = np.pi / 2 + np.linspace(random.uniform(-0.4, 0.6), 2 * np.pi, 8)
    angle = angle if random.random() < 0.5 else np.pi - angle
    x, y = wide * np.cos(angle), size / 2 * (1 + np.sin(angle))
    return [StrokePath([*np.stack([x, y], axis=1).tolist(), *_foot_of_nine(random, size)], 2)]


def _foot_of_nine(random: Random, size: float) -> list[list[float]]:
    """A tail from under a ring of that height: out, down and back to the left."""
    right = random.uniform(0.12, 0.32)
    end = [-random.uniform(0.1, 0.42), random.uniform(0.9, 1.02)]
    return [[right, size + random.uniform(0.1, 0.22)], [right, 0.88], [right - 0.18, 1.0], end]


def open_nine(random: Random) -> list[StrokePath]:
    """A ring that begins beside the stem's top and leaves a gap there, and a stem."""
    size, start = random.uniform(0.35, 0.55), random.uniform(0.0, 0.14)
    ring = [[start, 0.03], [-0.12, 0.0], [-0.3, size * 0.5], [-0.12, size], [0.15, size - 0.05]]
    top = [random.uniform(0.26, 0.34), random.uniform(0.0, 0.12)]
    return [StrokePath([*ring, top, [random.uniform(-0.1, 0.25), 1.0]], 2)]


def straight_nine(random: Random) -> list[StrokePath]:
    """A loop, which may stay open, and a stem that falls straight or leans."""
    size, foot = random.uniform(0.18, 0.55), random.uniform(-0.3, 0.3)
    return [
        StrokePath([*_loop(random, size), [0.3, 0.08], [foot, 1.0]], int(random.integers(1, 3)))
    ]


def _loop(random: Random, size: float) -> list[list[float]]:
    start = [random.uniform(0.12, 0.3), random.uniform(0.02, 0.15)]
    close = [random.uniform(-0.02, 0.26), size * random.uniform(0.5, 0.95)]
    return [start, [0.0, 0.0], [-0.3, size / 2], [-0.1, size], close]


STYLES: dict[int, tuple[DrawDigit, ...]] = {
    0: (plain_zero, slashed_zero),
    1: (flagged_one, flagged_one, footed_one),
    2: (looped_two, plain_two),
    3: (pointed_three, bowed_three, bowed_three, lazy_three),
    4: (open_four, steep_four, looped_four, closed_four),
    5: (hatted_five, flowing_five),
    6: (plain_six,),
    7: (barred_seven, barred_seven, plain_seven),
    8: (crossing_eight, stacked_eight),
    9: (curled_nine, ringed_nine, straight_nine),
}

# Styles that people's pens have and that the network that ships has never seen.
RARE: dict[int, tuple[DrawDigit, ...]] = {
    0: (far_slashed_zero, open_zero),
    1: (long_flagged_one, flat_flagged_one),
    2: (footless_two,),
    3: (curled_three,),
    4: (slanted_four,),
    5: (hatless_five,),
    7: (loop_barred_seven,),
    8: (open_eight, angular_eight),
    9: (swinging_nine, spiral_nine, footed_nine, open_nine),
}
EVERY = {digit: (*styles, *RARE.get(digit, ())) for digit, styles in STYLES.items()}
