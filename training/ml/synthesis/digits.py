"""Synthetic digits, drawn from strokes through the site's own ink: styles in digit_styles.py."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recognizer.ink import strokes
from training.ml.arrays import Points, Random
from training.ml.synthesis import stroke_augmentation
from training.ml.synthesis.digit_styles import EVERY, STYLES, DrawDigit, StrokePath

SIDE = 100
JITTER = 0.035
WIDE = stroke_augmentation.StrokeAugmentation(
    rotation=8, slant=0.45, stretch=0.3, bend=0.03, placing=0.05
)


def make(
    *, count: int, seed: int, version: int, rare: bool = False
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Pictures uint8 [count, 28, 28], as that ink version sees them, and their labels uint8
    [count]; the seed fixes them. `rare`: in RARE styles, too."""
    random = np.random.default_rng(seed)
    styles = EVERY if rare else STYLES
    labels = random.choice(list(styles), size=count)
    pictures = [
        draw(_one_of(styles[int(label)], random)(random), random, version=version)
        for label in labels
    ]
    return np.stack(pictures), labels.astype(np.uint8)


def _one_of(styles: Sequence[DrawDigit], random: Random) -> DrawDigit:
    return styles[int(random.integers(len(styles)))]


def draw(lines: Sequence[StrokePath], random: Random, *, version: int) -> npt.NDArray[np.uint8]:
    """Lines in the box as the network would see them, written neatly or hastily."""
    jitter = random.uniform(0.5, 1.8) * JITTER
    paths = []
    for line in lines:
        corners = np.array(line.corners) + random.normal(0, jitter, (len(line.corners), 2))
        path = rounded(corners, times=line.roundings)
        paths.append((path * SIDE / 2 + SIDE / 2).tolist())
    drawn = strokes.parse(paths, width=SIDE, height=SIDE)
    return stroke_augmentation.vary(
        drawn, count=1, random=random, augmentation=WIDE, version=version
    )[0]


def rounded(path: Points, *, times: int) -> Points:
    """Corners cut at a quarter of their sides, again and again (G. Chaikin, 1974)."""
    for _ in range(times):
        first, second = path[:-1], path[1:]
        cut = np.stack([0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second], axis=1)
        path = np.concatenate([path[:1], cut.reshape(-1, 2), path[-1:]])
    return path
