"""MNIST's digits redrawn: thinned to strokes, which are augmented and rasterized again.

So a digit keeps its joints while its pen, slant and proportions change, which no distortion of
pixels achieves.
"""

import numpy as np

from recognizer.ink import strokes
from training.ml.arrays import Images, Integers, Random
from training.ml.synthesis import skeleton, stroke_augmentation

SIDE = 280.0


def make(images: Images, labels: Integers, *, seed: int, version: int) -> tuple[Images, Integers]:
    """Each of images uint8 [N, 28, 28] redrawn once, as that ink version draws strokes, and its
    label: uint8 [M, 28, 28] and [M]. M is N less the images in which thinning leaves no line."""
    random = np.random.default_rng(seed)
    found = [
        (skeleton.strokes_of(image), label) for image, label in zip(images, labels, strict=True)
    ]
    pictures = [(redraw(lines, random, version=version), label) for lines, label in found if lines]
    redrawn = np.array([picture for picture, _ in pictures], np.uint8).reshape(-1, 28, 28)
    return redrawn, np.array([label for _, label in pictures], np.uint8)


def redraw(lines: list[skeleton.Stroke], random: Random, *, version: int) -> Images:
    """One digit's strokes, augmented, as that ink version draws them: uint8 [28, 28]."""
    drawn = strokes.parse(lines, width=SIDE, height=SIDE)
    return stroke_augmentation.vary(drawn, count=1, random=random, version=version)[0]
