"""Digits in hands that MNIST lacks, drawn from strokes and seen through the product's own ink.

MNIST was written in the United States: its 1 is a bare line, its 7 has no bar, its 0 no slash.
Elsewhere the 1 has a flag as long as a 7's top, and the 4 stays open. The shapes below are drawn
by hand in a box from (-0.5, 0) to (0.5, 1), y down; each drawing moves every point a little.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer import ink, strokes

Random = np.random.Generator
Path = npt.NDArray[np.floating]
SIDE = 100
JITTER = 0.035


@dataclass(frozen=True)
class Line:
    """One stroke by its corners [[x, y], ...], and how often they are cut round."""

    corners: Sequence[Sequence[float]]
    roundings: int = 0


def make(*, count: int, seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Pictures uint8 [count, 28, 28] and their labels uint8 [count]; the seed fixes them."""
    random = np.random.default_rng(seed)
    labels = random.choice(list(HANDS), size=count)
    pictures = [draw(HANDS[int(label)](random), random) for label in labels]
    return np.stack(pictures), labels.astype(np.uint8)


def draw(lines: Sequence[Line], random: Random) -> npt.NDArray[np.uint8]:
    """Lines in the box as the network would see them: jittered, leaning, narrow or wide."""
    lean, width = random.uniform(-0.15, 0.5), random.uniform(0.75, 1.15)
    paths = []
    for line in lines:
        corners = np.array(line.corners) + random.normal(0, JITTER, (len(line.corners), 2))
        x, y = rounded(corners, times=line.roundings).T
        placed = np.stack([x * width + lean * (0.5 - y), y], axis=1)
        paths.append((placed * SIDE / 2 + SIDE / 2).tolist())
    return ink.from_strokes(strokes.parse(paths, width=SIDE, height=SIDE))


def rounded(path: Path, *, times: int) -> Path:
    """Corners cut at a quarter of their sides, again and again (G. Chaikin, 1974)."""
    for _ in range(times):
        first, second = path[:-1], path[1:]
        cut = np.stack([0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second], axis=1)
        path = np.concatenate([path[:1], cut.reshape(-1, 2), path[-1:]])
    return path


def slashed_zero(random: Random) -> list[Line]:
    """An oval with a stroke through it, which may reach beyond."""
    angle = np.linspace(0, 2 * np.pi, 9) + random.uniform(-2, 0)
    wide = random.uniform(0.28, 0.45)
    oval = np.stack([wide * np.cos(angle), 0.5 + 0.5 * np.sin(angle)], axis=1)
    reach, top = random.uniform(0.7, 1.35) * wide, random.uniform(0, 0.3)
    return [Line(oval.tolist(), 2), Line([[reach, top], [-reach, 0.9]])]


def flagged_one(random: Random) -> list[Line]:
    """A flag that climbs to the top, the stem, and now and then a foot."""
    drop = random.uniform(0.18, 0.55)
    reach = drop * random.uniform(0.5, 1.5)
    # Never rounded: a round top would make it a 7.
    one = [Line([[-reach, drop], [0, 0], [0, 1]])]
    if random.random() < 0.35:
        half = random.uniform(0.18, 0.4)
        one.append(Line([[-half, 1], [half, 1]]))
    return one


def pointed_three(random: Random) -> list[Line]:
    """A flat top and a corner where others have an upper bow."""
    deep = random.uniform(0.3, 0.45)
    top = [[-0.3, 0.05], [0.25, 0.0], [-0.05, deep]]
    bow = [[0.3, deep + 0.12], [0.3, 0.85], [0.0, 1.0], [-0.35, 0.92]]
    return [Line(top + bow, int(random.integers(1, 3)))]


def open_four(random: Random) -> list[Line]:
    """Two strokes that do not meet above: down and across, then down through it."""
    level = random.uniform(0.5, 0.72)
    corner = [[random.uniform(-0.25, 0.05), 0], [-0.35, level], [0.42, level - 0.04]]
    stem, start = random.uniform(0.05, 0.3), random.uniform(0.1, 0.48)
    down = [[stem, start], [stem - random.uniform(0, 0.1), 1]]
    return [Line(corner, int(random.integers(0, 3))), Line(down)]


def barred_seven(random: Random) -> list[Line]:
    """A top that may begin with a hook, a stem, and a bar across it."""
    half, foot = random.uniform(0.25, 0.42), random.uniform(-0.25, 0.1)
    hand = [[-half + 0.06, 0.0], [half, 0.02], [foot, 1.0]]
    if random.random() < 0.5:
        hand.insert(0, [-half, random.uniform(0.08, 0.22)])
    middle, level = (half + foot) / 2, random.uniform(0.4, 0.6)
    reach = random.uniform(0.18, 0.36)
    bar = [[middle - reach, level], [middle + reach, level]]
    return [Line(hand, int(random.integers(0, 3))), Line(bar)]


def curled_nine(random: Random) -> list[Line]:
    """A loop, often small, and a long tail that curls to the left."""
    size, curl = random.uniform(0.28, 0.5), random.uniform(0, 0.22)
    loop = [[0.28, 0.08], [0.0, 0.0], [-0.3, size / 2], [-0.1, size], [0.2, size * 0.8]]
    tail = [[0.3, 0.05], [0.27, 0.6], [0.1, 0.95], [-0.25, 1.0], [-0.4, 1 - curl]]
    return [Line(loop + tail, 3)]


HANDS: dict[int, Callable[[Random], list[Line]]] = {
    0: slashed_zero,
    1: flagged_one,
    3: pointed_three,
    4: open_four,
    7: barred_seven,
    9: curled_nine,
}
