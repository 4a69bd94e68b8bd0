"""Stroke augmentation: varies a drawing's strokes as another day, or another person, would.

Strokes are changed before they become pixels, so joints stay joints and the pen keeps its width;
distorting pixels cannot do that. Pure.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer.ink import rasterize, strokes
from recognizer.ink.strokes import Strokes
from training.ml.arrays import Points, Random

SIDE = 400.0
WAVES = 3


@dataclass(frozen=True)
class StrokeAugmentation:
    """How far each change may go: degrees, and shares of the drawing's longer side."""

    rotation: float = 8.0
    slant: float = 0.25
    stretch: float = 0.15
    bend: float = 0.03
    placing: float = 0.04


def vary(
    drawn: Strokes,
    *,
    count: int,
    random: Random,
    augmentation: StrokeAugmentation = StrokeAugmentation(),
    version: int,
) -> npt.NDArray[np.uint8]:
    """The drawing `count` times, each changed otherwise, as that ink version sees it: uint8
    [count, 28, 28]."""
    own = _centred([stroke[:, :2].astype(float) for stroke in drawn])
    return np.stack([_picture(_changed(own, random, augmentation), version) for _ in range(count)])


def _centred(lines: list[Points]) -> list[Points]:
    """The same lines around 0, their longer side 1."""
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(float((high - low).max()), 1e-6)
    return [(line - (low + high) / 2) / side for line in lines]


def _changed(lines: list[Points], random: Random, augmentation: StrokeAugmentation) -> list[Points]:
    matrix, wave = _matrix(random, augmentation), _wave(random, augmentation)
    placed = [_placed(line, random, augmentation) for line in lines] if len(lines) > 1 else lines
    return [(line + wave(line)) @ matrix.T for line in placed]


def _matrix(random: Random, augmentation: StrokeAugmentation) -> Points:
    """Turned, slanted and stretched."""
    angle = math.radians(random.uniform(-augmentation.rotation, augmentation.rotation))
    turn = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    slant = [[1, random.uniform(-augmentation.slant, augmentation.slant)], [0, 1]]
    stretch = np.exp(random.uniform(-augmentation.stretch, augmentation.stretch, 2))
    return np.array(turn) @ np.array(slant) @ np.diag(stretch)


def _wave(random: Random, augmentation: StrokeAugmentation) -> Callable[[Points], Points]:
    """A slow bend of the whole sheet: a sum of sine waves."""
    way, phase = random.normal(size=(WAVES, 2)), random.uniform(0, 2 * math.pi, WAVES)
    height = random.normal(size=(WAVES, 2)) * augmentation.bend

    def bend(points: Points) -> Points:
        return np.sin(2 * math.pi * 0.8 * points @ way.T + phase) @ height

    return bend


def _placed(line: Points, random: Random, augmentation: StrokeAugmentation) -> Points:
    """One stroke of several, a little larger or smaller and elsewhere."""
    middle = line.mean(axis=0)
    size = np.exp(2 * random.uniform(-augmentation.placing, augmentation.placing, 2))
    return (
        (line - middle) * size
        + middle
        + random.uniform(-augmentation.placing, augmentation.placing, 2)
    )


def _picture(lines: list[Points], version: int) -> npt.NDArray[np.uint8]:
    lists = [(line * SIDE + SIDE).round(1).tolist() for line in lines]
    drawing = strokes.parse(lists, width=2 * SIDE, height=2 * SIDE)
    return rasterize.from_strokes(drawing, version=version)
